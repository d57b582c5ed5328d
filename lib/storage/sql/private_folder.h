#ifndef PERENNIAL_LIB_STORAGE_SQL_PRIVATE_FOLDER_H_
#define PERENNIAL_LIB_STORAGE_SQL_PRIVATE_FOLDER_H_

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

namespace perennial::sql {

// Makes the folder, and those above it, where it is not there: for its owner only. Whoever opens a
// file in it says better what is wrong.
inline void MakePrivateFolder(const std::filesystem::path& folder) {
  if (folder.empty() || mkdir(folder.c_str(), S_IRWXU) == 0 || errno != ENOENT) return;
  MakePrivateFolder(folder.parent_path());
  static_cast<void>(mkdir(folder.c_str(), S_IRWXU));
}

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_PRIVATE_FOLDER_H_
