// Reading and writing the files that hold keys: PRIVACY, section 4.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "crypto/secret_bytes.h"

namespace bauta::keys {

// What the file system says of a file, apart from its name.
struct FileFacts {
  bool regular = true;
  bool link = false;             // The path ends in a symbolic link.
  bool read_only_mount = false;  // As a secret volume is.
  bool ours = true;              // Owned by this user or root.
  unsigned mode = 0600;          // Permission bits.
};

// The warnings under which the file may be used, or kConfig with why it may not.
Result<std::vector<std::string>> JudgeKeyFile(const std::string& path, const FileFacts& facts);

// The content, after the checks; warnings are logged.  kConfig on any fault, with `missing_help`
// if there is no such file.  Any thread.
Result<crypto::SecretBytes> ReadKeyFile(
    const std::string& path,
    std::string_view missing_help =
        "make one with: bauta keys generate; or name the right one in keys.file");

// Where the file of that name is: "." if it names no folder.
std::string FolderOf(const std::string& path);
// The file of that name there; in ".", the name alone.
std::string PathIn(const std::string& folder, std::string_view name);

struct NewFile {
  std::string path;
  std::string_view content;
};

// kConfig if any of the paths exists.
Result<> CheckAllFree(const std::vector<std::string>& paths);

// Writes all of them, 0600 and durably, or none; in order.  Never over anything that exists:
// kConfig names it.
Result<> WriteNewFiles(const std::vector<NewFile>& files);

// A key file that is being changed: nobody else changes it by this class meanwhile.  Readers see
// the old content or the new, never a part.  One thread.
class KeyFileEdit {
 public:
  // After the checks of ReadKeyFile.  kConfig on any fault, also if somebody else is at it.
  static Result<KeyFileEdit> Open(const std::string& path);
  KeyFileEdit(KeyFileEdit&& other) noexcept;
  KeyFileEdit& operator=(KeyFileEdit&&) = delete;
  ~KeyFileEdit();

  const crypto::SecretBytes& content() const { return content_; }
  // Durably, 0600, and at once.  kConfig: the old content is still there, unless it says otherwise.
  Result<> Replace(std::string_view content);

 private:
  KeyFileEdit(std::string path, int lock, crypto::SecretBytes content)
      : path_(std::move(path)), lock_(lock), content_(std::move(content)) {}

  std::string path_;
  int lock_;  // The file that was opened; locked.
  crypto::SecretBytes content_;
};

}  // namespace bauta::keys
