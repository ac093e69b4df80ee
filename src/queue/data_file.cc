#include "queue/data_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <system_error>
#include <utility>

#include "queue/data_rows.h"
#include "queue/sqlite.h"

namespace bauta::queue {
namespace {

constexpr std::int64_t kApplication = 0x62617571;  // "bauq"

Error CannotUse(const std::string& path, std::string_view reason, std::string hint) {
  return ConfigError(fmt::format("cannot use {}: {}", path, reason), std::move(hint));
}

std::string PathIn(const std::string& directory) { return directory + "/" + kDataFile; }

std::string Reason() { return std::generic_category().message(errno); }

// There, and nobody else's to read: bodies are in it in clear.
Result<> Make(const std::string& directory, const std::string& path) {
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return CannotUse(directory, Reason(), "--data names a directory, or one to be made");
  }
  // One that is there is left to SQLite: to close it here would end SQLite's locks on it.
  const int file = open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0) {
    close(file);
  } else if (errno != EEXIST) {
    return CannotUse(path, Reason(), "the directory of --data must be one that Bauta can write to");
  }
  return Ok();
}

// Ours, of this version, or still empty.
Result<> CheckKind(Database& database, const std::string& path) {
  const std::int64_t application = TRY(database.Number("PRAGMA application_id"));
  const std::int64_t version = TRY(database.Number("PRAGMA user_version"));
  const std::int64_t tables = TRY(database.Number("SELECT count(*) FROM sqlite_schema"));
  if (application == 0 && version == 0 && tables == 0) return Ok();
  if (application != kApplication) {
    return CannotUse(path, "it is a database of something else",
                     "give --data a directory of its own");
  }
  if (version == kDataVersion) return Ok();
  return CannotUse(path,
                   fmt::format("it has format {}, and this Bauta knows {}", version, kDataVersion),
                   "use the Bauta that wrote it, or a newer one");
}

Result<> MakeTables(Database& database) {
  if (TRY(database.Number("SELECT count(*) FROM sqlite_schema")) != 0) return Ok();
  std::random_device device;
  const std::uint64_t key = std::uint64_t{device()} << 32 | device();
  TRY(database.Run("BEGIN IMMEDIATE"));
  TRY(database.Run(kDataTables));
  Statement server = TRY(database.Prepare("INSERT INTO server VALUES (?1, 0)"));
  TRY(server.Run(key));
  TRY(database.Run(fmt::format("PRAGMA application_id = {}", kApplication).c_str()));
  TRY(database.Run(fmt::format("PRAGMA user_version = {}", kDataVersion).c_str()));
  return database.Run("COMMIT");
}

class DataFile : public Journal {
 public:
  DataFile(std::string directory, Database database, DataWriter writer)
      : directory_(std::move(directory)),
        database_(std::move(database)),
        writer_(std::move(writer)) {}

  Result<Saved> ReadQueues() override { return Named(queue::ReadQueues(database_)); }
  Result<> ReadMessages(const MessageReader& reader) override {
    return Named(queue::ReadMessages(database_, reader));
  }
  Result<> Write(const Changes& changes) override {
    TRY(database_.Run("BEGIN IMMEDIATE"));
    Result<> written = writer_.Write(changes);
    if (written.ok()) written = database_.Run("COMMIT");
    if (!written.ok()) (void)database_.Run("ROLLBACK");  // Which SQLite may have done itself.
    return written;
  }

 private:
  template <class T>
  Result<T> Named(Result<T> read) const {
    if (read.ok()) return read;
    return CannotRead(directory_, read.error().message);
  }

  const std::string directory_;
  Database database_;
  DataWriter writer_;  // Goes before the database.
};

// One process at a time, every commit flushed to the disk; a checkpoint for each 16 MB.
constexpr char kManners[] = R"(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 4000;
PRAGMA journal_size_limit = 67108864;
PRAGMA cache_size = -16384;
PRAGMA temp_store = MEMORY;
PRAGMA secure_delete = ON;
)";

Result<std::unique_ptr<Journal>> Open(Database& database, const std::string& directory) {
  TRY(database.Run("PRAGMA locking_mode = EXCLUSIVE"));
  TRY(CheckKind(database, PathIn(directory)));
  TRY(database.Run(kManners));
  TRY(MakeTables(database));
  DataWriter writer = TRY(DataWriter::Make(database));
  return std::unique_ptr<Journal>(
      std::make_unique<DataFile>(directory, std::move(database), std::move(writer)));
}

}  // namespace

Error CannotRead(const std::string& directory, const std::string& reason) {
  return CannotUse(PathIn(directory), reason,
                   "put the directory aside and start with an empty one, or with a copy of it");
}

Error Damaged(std::string_view what) { return ConfigError(fmt::format("{} is damaged", what)); }

Result<std::unique_ptr<Journal>> OpenDataFile(const std::string& directory) {
  const std::string path = PathIn(directory);
  TRY(Make(directory, path));
  Database database = TRY(Database::Open(path));
  Result<std::unique_ptr<Journal>> opened = Open(database, directory);
  if (opened.ok() || !opened.error().hint.empty()) return opened;
  if (database.Busy()) {
    return CannotUse(path, "another bauta queue serve has it",
                     "stop that one, or give --data another directory");
  }
  if (database.ReadOnly()) {
    return CannotUse(path, "it cannot be written",
                     "the directory of --data must be one that Bauta can write to");
  }
  return CannotRead(directory, opened.error().message);
}

}  // namespace bauta::queue
