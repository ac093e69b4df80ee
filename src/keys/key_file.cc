#include "keys/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"
#include "base/uuid.h"

namespace bauta::keys {
namespace {

constexpr off_t kMostBytes = 1 << 20;

std::string Reason(int error) { return std::generic_category().message(error); }

Error Refused(const std::string& path, std::string_view why, std::string help) {
  return ConfigError(fmt::format("key file {}: {}", path, why), std::move(help));
}

Error Failed(const std::string& path, std::string_view verb, int error, std::string help = {}) {
  return Refused(path, fmt::format("cannot {}: {}", verb, Reason(error)), std::move(help));
}

bool IsForbidden(int error) { return error == EACCES || error == EPERM; }

Error CannotOpen(const std::string& path, int error) {
  if (!IsForbidden(error)) return Failed(path, "open", error);
  return Failed(path, "open", error,
                fmt::format("it must belong to the user that runs this and have mode 0600, in "
                            "folders that the user may enter: chown {0} {1}; chmod 600 {1}",
                            geteuid(), path));
}

Error CannotCreate(const std::string& path, int error) {
  if (!IsForbidden(error) && error != EROFS) return Failed(path, "create", error);
  return Failed(path, "create", error,
                fmt::format("name a folder that user {} may write to with --dir", geteuid()));
}

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&&) = delete;
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

struct OpenedFile {
  Fd fd;
  bool link;
};

// Does not follow a link at first; does in a second try, so that a secret volume's can be judged.
Result<OpenedFile> Open(const std::string& path, std::string_view missing_help) {
  const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;  // A FIFO must not hold us up.
  int fd = open(path.c_str(), flags | O_NOFOLLOW);
  const bool link = fd < 0 && errno == ELOOP;
  if (link) fd = open(path.c_str(), flags);
  if (fd >= 0) return OpenedFile{Fd(fd), link};
  if (errno == ENOENT) {
    return Refused(path, "no such file", std::string(missing_help));
  }
  return CannotOpen(path, errno);
}

Result<FileFacts> FactsOf(const std::string& path, const OpenedFile& file) {
  struct stat status {};
  struct statvfs mount {};
  if (fstat(file.fd.get(), &status) != 0) return Failed(path, "examine", errno);
  if (fstatvfs(file.fd.get(), &mount) != 0) return Failed(path, "examine", errno);
  if (status.st_size > kMostBytes) {
    return Refused(path, "larger than any key file", "name the right file");
  }
  return FileFacts{S_ISREG(status.st_mode), file.link, (mount.f_flag & ST_RDONLY) != 0,
                   status.st_uid == geteuid() || status.st_uid == 0, status.st_mode & 07777};
}

Result<crypto::SecretBytes> ReadAll(const std::string& path, int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return Failed(path, "examine", errno);
  crypto::SecretBytes buffer(static_cast<std::size_t>(status.st_size) +
                             1);  // Little can be locked.
  std::size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t n = read(fd, buffer.writable().data() + size, buffer.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed(path, "read", errno);
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  return crypto::SecretBytes::CopyOf(AsText(buffer.bytes().first(size)));
}

Result<> WriteAll(const std::string& path, int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t n = write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed(path, "write", errno);
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  if (fchmod(fd, 0600) != 0 || fsync(fd) != 0) return Failed(path, "write", errno);
  return Ok();
}

// Gives the file its name, which must be free.  Some file systems have no links, some no
// RENAME_NOREPLACE.
bool Publish(const std::string& temporary, const std::string& path) {
  if (link(temporary.c_str(), path.c_str()) == 0) return true;
  if (errno == EEXIST) return false;
  return renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0;
}

Result<> SyncFolderOf(const std::string& path) {
  const std::string folder = FolderOf(path);
  const Fd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || fsync(fd.get()) != 0) return Failed(folder, "make durable", errno);
  return Ok();
}

// A new file beside `path`, durable.
Result<std::string> WriteBeside(const std::string& path, std::string_view content) {
  std::string temporary = path + ".tmp-" + ToString(RandomUuid());
  const Fd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) return CannotCreate(path, errno);
  const Result<> written = WriteAll(path, fd.get(), content);
  if (written.ok()) return temporary;
  unlink(temporary.c_str());
  return written.error();
}

// Takes back what was written unless Keep is called.
class Writer {
 public:
  ~Writer() {
    for (const std::string& path : temporary_) unlink(path.c_str());
    for (const std::string& path : published_) unlink(path.c_str());
  }

  Result<> Prepare(const NewFile& file) {
    temporary_.push_back(TRY(WriteBeside(file.path, file.content)));
    return Ok();
  }

  Result<> PublishAll(const std::vector<NewFile>& files) {
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (!Publish(temporary_[i], files[i].path)) return Failed(files[i].path, "create", errno);
      published_.push_back(files[i].path);
    }
    return SyncFolders();
  }

  void Keep() { published_.clear(); }

 private:
  Result<> SyncFolders() const {
    for (const std::string& path : published_) TRY(SyncFolderOf(path));
    return Ok();
  }

  std::vector<std::string> temporary_, published_;
};

Result<> CheckFree(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) == 0) {
    return Refused(path, "exists already, and is never overwritten",
                   "choose another place, or move the old file away if no data needs it any more");
  }
  if (errno == ENOENT) return Ok();
  return CannotCreate(path, errno);
}

}  // namespace

Result<std::vector<std::string>> JudgeKeyFile(const std::string& path, const FileFacts& facts) {
  if (!facts.regular) return Refused(path, "is not a regular file", "name the file itself");
  if (!facts.ours) {
    return Refused(path, "belongs to another user", fmt::format("run: chown $(id -u) {}", path));
  }
  std::vector<std::string> warnings;
  if (facts.link) {
    if (!facts.read_only_mount) {
      return Refused(path, "is a symbolic link", "name the file that it points to");
    }
    warnings.emplace_back("is a symbolic link on a read-only mount");
  }
  if ((facts.mode & 077) != 0) {
    const std::string why =
        fmt::format("other users may read or change it (mode {:04o})", facts.mode);
    if (!facts.read_only_mount) return Refused(path, why, fmt::format("run: chmod 600 {}", path));
    warnings.push_back(why + ", on a read-only mount");
  }
  return warnings;
}

Result<crypto::SecretBytes> ReadKeyFile(const std::string& path, std::string_view missing_help) {
  const OpenedFile file = TRY(Open(path, missing_help));
  const FileFacts facts = TRY(FactsOf(path, file));
  for (const std::string& warning : TRY(JudgeKeyFile(path, facts))) {
    log::Warn("keys", "key file " + warning, {{"file", path}});
  }
  return ReadAll(path, file.fd.get());
}

std::string FolderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string PathIn(const std::string& folder, std::string_view name) {
  if (folder == ".") return std::string(name);
  return folder + (folder.ends_with('/') ? "" : "/") + std::string(name);
}

Result<> CheckAllFree(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) TRY(CheckFree(path));
  return Ok();
}

Result<> WriteNewFiles(const std::vector<NewFile>& files) {
  for (const NewFile& file : files) TRY(CheckFree(file.path));
  Writer writer;
  for (const NewFile& file : files) TRY(writer.Prepare(file));
  TRY(writer.PublishAll(files));
  writer.Keep();
  return Ok();
}

Result<KeyFileEdit> KeyFileEdit::Open(const std::string& path) {
  OpenedFile file =
      TRY(keys::Open(path, "name the key ring with --file, or in the config's keys.file"));
  const FileFacts facts = TRY(FactsOf(path, file));
  TRY(JudgeKeyFile(path, facts));
  if (file.link) return Refused(path, "is a symbolic link", "change the file that it points to");
  if (flock(file.fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return Refused(path, "is being changed by somebody else", "wait, and try again");
  }
  struct stat opened {};
  struct stat named {};
  if (fstat(file.fd.get(), &opened) != 0 || lstat(path.c_str(), &named) != 0) {
    return Failed(path, "examine", errno);
  }
  if (opened.st_ino != named.st_ino || opened.st_dev != named.st_dev) {
    return Refused(path, "has just been changed by somebody else", "try again");
  }
  crypto::SecretBytes content = TRY(ReadAll(path, file.fd.get()));
  return KeyFileEdit(path, file.fd.Release(), std::move(content));
}

KeyFileEdit::KeyFileEdit(KeyFileEdit&& other) noexcept
    : path_(std::move(other.path_)),
      lock_(std::exchange(other.lock_, -1)),
      content_(std::move(other.content_)) {}

KeyFileEdit::~KeyFileEdit() {
  if (lock_ >= 0) close(lock_);
}

Result<> KeyFileEdit::Replace(std::string_view content) {
  struct stat old {};
  if (fstat(lock_, &old) != 0) return Failed(path_, "examine", errno);
  const std::string temporary = TRY(WriteBeside(path_, content));
  // Run by root, it stays the file of the user who reads it.
  const bool given =
      old.st_uid == geteuid() || chown(temporary.c_str(), old.st_uid, old.st_gid) == 0;
  if (!given || rename(temporary.c_str(), path_.c_str()) != 0) {
    const int error = errno;
    unlink(temporary.c_str());
    return Failed(path_, "replace", error);
  }
  const Result<> durable = SyncFolderOf(path_);
  if (durable.ok()) return durable;
  return ConfigError(durable.error().message + "; its new content is there",
                     "a power failure now could bring back the old one: run `sync`");
}

}  // namespace bauta::keys
