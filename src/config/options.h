// The keys that the config has, in one table: loading, `config show` and `config schema` read it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace bauta::config {

enum class Type { kSection, kText, kName, kWhole, kBool, kDuration, kBytes, kShare, kChoice };

struct Option {
  std::string_view path;  // "columns.*.from": '*' stands for any one key.
  Type type = Type::kText;
  std::string_view fallback = {};  // The default, as one would write it; empty: none.
  std::int64_t min = 0, max = 0;   // Of numbers, durations (ms), bytes and shares (percent).
  // "text|json"; one that ends with ':' or '/' takes something behind it.
  std::string_view choices = {};
  std::string_view about = {};  // One sentence for editors.
};

// Sections stand before what they hold; the order is that of `config show`.
std::span<const Option> Options();

// The option at `path` as the table writes it, or null.
const Option* FindOption(std::string_view path);
// True for a choice that takes something behind it.
constexpr bool IsOpen(std::string_view choice) {
  return choice.ends_with(':') || choice.ends_with('/');
}
// "keys.file" -> "file".
std::string_view LastKey(std::string_view path);
// The keys that `section` may hold; "" is the root.
std::vector<std::string_view> KeysOf(std::string_view section);
std::vector<std::string_view> Split(std::string_view text, char separator);

// True for keys that Bauta's words have, but no version so far: what they would do is documented
// elsewhere, so "unknown" would mislead.
bool IsNotBuiltKey(std::string_view path);

// "65536"; "50%": what Type::kWhole and Type::kShare take.
std::optional<std::int64_t> ParseWhole(std::string_view text);
std::optional<double> ParseShare(std::string_view text);

}  // namespace bauta::config
