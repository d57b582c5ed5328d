#include "lib/storage/throw_away.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "lib/storage/migrations.h"
#include "lib/storage/sql/database.h"
#include "lib/storage/sql/migrations.h"
#include "tests/support/test_database.h"

namespace perennial {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ThrowAwayTest : public testing::Test {
 protected:
  ThrowAwayTest() {
    std::string folder = (fs::temp_directory_path() / "throw-away-XXXXXX").string();
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    setenv("XDG_CACHE_HOME", folder_.c_str(), 1);
  }
  ~ThrowAwayTest() override {
    unsetenv("XDG_CACHE_HOME");
    fs::remove_all(folder_);
  }

  static std::unique_ptr<sql::Database> Open(const std::string& path) {
    sql::Options options;
    options.url = "sqlite:" + path;
    auto database = sql::Open(options);
    EXPECT_TRUE(database.ok()) << database.status();
    return *std::move(database);
  }

  static absl::Status CheckSchema(const std::string& path) {
    return sql::CheckSchema(*Open(path), Migrations());
  }

  std::vector<std::string> Cached() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / "perennial")) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  std::string Path(const std::string& name) const { return folder_ / name; }

  fs::path folder_;
};

TEST_F(ThrowAwayTest, MakesTheSchemaOnce) {
  ASSERT_TRUE(PrepareThrowAway(Path("a.db"), "").ok());
  EXPECT_TRUE(CheckSchema(Path("a.db")).ok());
  const std::vector<std::string> cached = Cached();
  ASSERT_EQ(cached.size(), 1u);
  const auto made = fs::last_write_time(folder_ / "perennial" / cached[0]);
  ASSERT_TRUE(PrepareThrowAway(Path("b.db"), "").ok());
  EXPECT_TRUE(CheckSchema(Path("b.db")).ok());
  EXPECT_EQ(fs::last_write_time(folder_ / "perennial" / cached[0]), made);
}

TEST_F(ThrowAwayTest, ManyMayMakeItAtOnce) {
  constexpr int kThreads = 8;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([this, i] {
      const std::string path = Path("many-" + std::to_string(i) + ".db");
      const absl::Status status = PrepareThrowAway(path, "");
      EXPECT_TRUE(status.ok()) << status;
      EXPECT_TRUE(CheckSchema(path).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Cached().size(), 1u);
}

TEST_F(ThrowAwayTest, LeavesWhatIsThere) {
  std::ofstream(Path("there.db")) << "something";
  ASSERT_TRUE(PrepareThrowAway(Path("there.db"), "").ok());
  EXPECT_EQ(fs::file_size(Path("there.db")), 9u);
}

TEST_F(ThrowAwayTest, MakesNothingWhereOthersMayWriteToTheCache) {
  fs::create_directory(folder_ / "perennial");
  fs::permissions(folder_ / "perennial", fs::perms::all);
  ASSERT_TRUE(PrepareThrowAway(Path("a.db"), "").ok());
  EXPECT_FALSE(fs::exists(Path("a.db")));
  EXPECT_TRUE(Cached().empty());
}

TEST_F(ThrowAwayTest, CopiesWhatNobodyServes) {
  std::unique_ptr<sql::Database> original = Open(Path("original.db"));
  ASSERT_TRUE(sql::Migrate(*original, Migrations()).ok());
  const absl::Status open = PrepareThrowAway(Path("copy.db"), Path("original.db"));
  EXPECT_TRUE(absl::IsFailedPrecondition(open)) << open;
  EXPECT_THAT(std::string(open.message()), HasSubstr("stop that"));
  EXPECT_FALSE(fs::exists(Path("copy.db")));
  original.reset();
  ASSERT_TRUE(PrepareThrowAway(Path("copy.db"), Path("original.db")).ok());
  EXPECT_TRUE(CheckSchema(Path("copy.db")).ok());
  EXPECT_TRUE(absl::IsNotFound(PrepareThrowAway(Path("none.db"), Path("nowhere.db"))));
}

TEST(DropThrowAwayTest, DropsWhatATestHasMadeAlone) {
  for (const char* url : {"sqlite:perennial_throw_away_1", "mysql://u@127.0.0.1:1/perennial",
                          "mysql://u@127.0.0.1:1/x_perennial_throw_away_1"}) {
    sql::Options options;
    options.url = url;
    EXPECT_TRUE(absl::IsInvalidArgument(DropThrowAway(options))) << url;
  }
}

}  // namespace
}  // namespace perennial
