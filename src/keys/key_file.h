// Reading and writing the files that hold keys: PRIVACY, section 4.
#pragma once

#include <string>
#include <string_view>
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

struct NewFile {
  std::string path;
  std::string_view content;
};

// kConfig if any of the paths exists.
Result<> CheckAllFree(const std::vector<std::string>& paths);

// Writes all of them, 0600 and durably, or none; in order.  Never over anything that exists:
// kConfig names it.
Result<> WriteNewFiles(const std::vector<NewFile>& files);

}  // namespace bauta::keys
