// A Result<T> is either a value or an Error.  Functions that can fail in normal
// operation return one; callers must look at it (it is [[nodiscard]]).
//
//   Result<Config> LoadConfig(const std::string& path);
//
//   Config config = TRY(LoadConfig("bauta.yaml"));   // or return its Error
#pragma once

#include <chrono>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace bauta {

// Says what the caller should do, not what went wrong; the message says that.
enum class ErrorCode {
  kRetryable,  // The same call may succeed later: timeout, throttling, lost link.
  kRejected,   // This input will never succeed: a bad message, a refused entry.
  kConfig,     // Nothing will succeed until a person mends the setup: missing table or queue, wrong
               // password or key, schema version.  The process exits with 2.
  kFatal,      // Nothing will succeed, and it is no setting: a bug, a full disk.  Exits with 1.
};

// Of a kRetryable: what kind of failure it was, for those who pace the next try.
enum class Trouble { kFault, kTimeout, kThrottled };

struct Error {
  ErrorCode code;
  std::string message;    // For operators: place and reason.  Never holds bodies, values or keys.
  std::string hint = {};  // What to do about it; may be empty.
  Trouble trouble = Trouble::kFault;
  std::chrono::milliseconds retry_after{0};  // The other side's own word; 0: none.
};

struct Unit {};  // The value of a Result that carries none.

template <class T = Unit>
class [[nodiscard]] Result {
  static_assert(!std::is_same_v<T, Error>);

 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  const Error& error() const { return std::get<Error>(state_); }

  T& value() & { return std::get<T>(state_); }
  const T& value() const& { return std::get<T>(state_); }
  T&& value() && { return std::get<T>(std::move(state_)); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Error> state_;
};

inline Result<> Ok() { return Unit{}; }
inline Error Retryable(std::string why, std::string hint = {}) {
  return {ErrorCode::kRetryable, std::move(why), std::move(hint)};
}
inline Error Rejected(std::string why, std::string hint = {}) {
  return {ErrorCode::kRejected, std::move(why), std::move(hint)};
}
inline Error ConfigError(std::string why, std::string hint = {}) {
  return {ErrorCode::kConfig, std::move(why), std::move(hint)};
}
inline Error Fatal(std::string why, std::string hint = {}) {
  return {ErrorCode::kFatal, std::move(why), std::move(hint)};
}

// The value of `expr`, or return its Error from the enclosing function.  One to
// a statement: a nested TRY would shadow its outer one.
#define TRY(expr)                                                    \
  __extension__({                                                    \
    auto try_result = (expr);                                        \
    if (!try_result.ok()) return ::bauta::Error(try_result.error()); \
    std::move(try_result).value();                                   \
  })

}  // namespace bauta
