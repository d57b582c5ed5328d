#include "client/cli/comments.h"

#include <google/protobuf/descriptor.pb.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::DescriptorPool;
using ::google::protobuf::FileDescriptorSet;
using ::google::protobuf::SourceLocation;

constexpr unsigned char kCommentedProtos[] = {
#include "commented_protos.inc"
};

// The generated descriptors have no comments.
const DescriptorPool& CommentedProtos() {
  static const DescriptorPool& commented = *[] {
    auto* pool = new DescriptorPool;
    FileDescriptorSet files;
    files.ParseFromArray(kCommentedProtos, sizeof(kCommentedProtos));
    for (const auto& file : files.file()) pool->BuildFile(file);
    return pool;
  }();
  return commented;
}

template <class Descriptor>
std::string LeadingComment(const Descriptor* commented) {
  SourceLocation location;
  if (commented == nullptr || !commented->GetSourceLocation(&location)) return "";
  std::string comment = absl::StrReplaceAll(location.leading_comments, {{"`", ""}});
  absl::RemoveExtraAsciiWhitespace(&comment);
  return comment;
}

}  // namespace

std::string CommentOf(const google::protobuf::FieldDescriptor& field) {
  return LeadingComment(CommentedProtos().FindFieldByName(field.full_name()));
}

std::string CommentOf(const google::protobuf::MethodDescriptor& method) {
  return LeadingComment(CommentedProtos().FindMethodByName(method.full_name()));
}

}  // namespace perennial::cli
