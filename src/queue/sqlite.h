// SQLite as far as it is needed here: one connection, prepared statements, errors as values that
// never quote what is stored.  One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace bauta::queue {

class Database;

class Statement {
 public:
  Statement() = default;  // Of no use until one is moved here.

  struct Blob {
    std::string_view bytes;
  };
  // To the end, with these as ?1, ?2 and so on; texts need live only until it returns.
  template <class... Ts>
  Result<> Run(const Ts&... values) {
    TRY(Bind(values...));
    return Finish();
  }

  // Binds for Step.
  template <class... Ts>
  Result<> Bind(const Ts&... values) {
    int at = 0;
    Rewind();
    const bool bound = (BindOne(++at, values) && ...);
    return bound ? Ok() : Problem();
  }
  // The next row, if there is one; then what it holds.  Texts are good until the next Step.
  Result<bool> Step();
  std::int64_t Integer(int column);
  std::string_view Bytes(int column);
  bool IsNull(int column);

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };

  bool BindOne(int at, std::int64_t value);
  bool BindOne(int at, std::uint64_t value) {
    return BindOne(at, static_cast<std::int64_t>(value));
  }
  bool BindOne(int at, std::uint32_t value) { return BindOne(at, std::int64_t{value}); }
  bool BindOne(int at, int value) { return BindOne(at, std::int64_t{value}); }
  bool BindOne(int at, std::string_view text);
  bool BindOne(int at, Blob blob);
  bool BindOne(int at, std::nullptr_t);
  template <class T>
  bool BindOne(int at, const std::optional<T>& value) {
    return value ? BindOne(at, *value) : BindOne(at, nullptr);
  }
  void Rewind();
  Result<> Finish();
  Error Problem();

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  // Makes the file if there is none.  kConfig, as all failures to read; a failure to write is
  // kRetryable.
  static Result<Database> Open(const std::string& path);

  Result<> Run(const char* sql);  // Statements without values or rows.
  Result<std::int64_t> Number(const char* sql);
  Result<Statement> Prepare(std::string_view sql);
  // Another process has it.
  bool Busy() const;
  bool ReadOnly() const;

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace bauta::queue
