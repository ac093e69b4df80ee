#include "config/reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "config/codes.h"
#include "config/redact.h"

namespace bauta::config {
namespace {

std::string Join(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

std::string_view Parent(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
}

std::string Kind(const Option& option) {
  switch (option.type) {
    case Type::kSection:
      return "a map of keys";
    case Type::kWhole:
      return "a whole number";
    case Type::kBool:
      return "true or false";
    case Type::kDuration:
      return "a duration such as 200ms, 25s or 35d";
    case Type::kBytes:
      return "a size such as 64KiB or 4MiB";
    case Type::kShare:
      return "a share such as 50%";
    default:
      return "text";
  }
}

// With an example of what stands behind "ip-prefix/".
std::vector<std::string> Spelled(std::string_view choices) {
  std::vector<std::string> list;
  for (const std::string_view choice : Split(choices, '|')) {
    list.push_back(fmt::format("{}{}", choice, choice.ends_with('/') ? "24/64" : ""));
  }
  return list;
}

std::string ShowMillis(std::int64_t ms) {
  for (const auto& [unit, factor] : {std::pair{"d", 86'400'000}, {"m", 60'000}, {"s", 1000}}) {
    if (ms % factor == 0) return fmt::format("{}{}", ms / factor, unit);
  }
  return fmt::format("{}ms", ms);
}

std::string ShowBytes(std::int64_t bytes) {
  for (const auto& [unit, bits] : {std::pair{"GiB", 30}, {"MiB", 20}, {"KiB", 10}}) {
    if (bytes % (std::int64_t{1} << bits) == 0) return fmt::format("{}{}", bytes >> bits, unit);
  }
  return fmt::format("{}", bytes);
}

std::string Range(const Option& option) {
  if (option.type == Type::kDuration) {
    return fmt::format("{} to {}", ShowMillis(option.min), ShowMillis(option.max));
  }
  if (option.type == Type::kBytes) {
    return fmt::format("{} to {}", ShowBytes(option.min), ShowBytes(option.max));
  }
  return fmt::format("{0}{2} to {1}{2}", option.min, option.max,
                     option.type == Type::kShare ? "%" : "");
}

bool IsSimpleName(std::string_view text) {
  return !text.empty() && text.size() <= 63 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

}  // namespace

void Reader::Walk(const Node& root) {
  spots_[""] = {root.place.line > 0 ? Place{1, 1} : Place{}, {}};
  WalkMap(root, "", "");
}

void Reader::WalkMap(const Node& map, const std::string& path, const std::string& pattern) {
  std::map<std::string_view, int> seen;
  for (const Entry& entry : map.entries) {
    const auto [first, fresh] = seen.emplace(entry.key, entry.place.line);
    if (fresh) {
      WalkEntry(entry, path, pattern);
      continue;
    }
    Add(Make({entry.place, entry.value.override_label}, codes::kDuplicate, path,
             fmt::format("key \"{}\" stands twice; first in line {}", entry.key, first->second),
             "keep one of them"));
  }
}

void Reader::WalkEntry(const Entry& entry, const std::string& path, const std::string& pattern) {
  const bool column = pattern == "columns";
  const std::string below = column ? "columns.*" : Join(pattern, entry.key);
  const std::string full = Join(path, entry.key);
  const Option* const option = entry.key == "*" && !column ? nullptr : FindOption(below);
  if (option == nullptr) return Unknown(entry, path, below);
  const Node& value = entry.value;
  spots_[full] = {entry.place, value.override_label};
  if (column) {
    if (entry.key.empty() || entry.key.size() > 63) {
      return Report(codes::kBadName, full, "a column's name has 1 to 63 bytes");
    }
    has_column_ = true;
    if (value.kind == Node::Kind::kMap || value.kind == Node::Kind::kNull) {
      columns_.push_back(entry.key);
    }
  }
  if (option->type != Type::kSection) return ReadScalar(value, full, *option);
  if (value.kind == Node::Kind::kMap) return WalkMap(value, full, below);
  if (value.kind == Node::Kind::kNull) return;
  spots_[full].place = value.place;
  Report(codes::kWrongType, full, "must be " + Kind(*option),
         column ? fmt::format("write {}: {{from: /...}}", entry.key) : "");
}

void Reader::Unknown(const Entry& entry, const std::string& path, const std::string& pattern) {
  const Spot spot{entry.place, entry.value.override_label};
  if (IsNotBuiltKey(pattern)) {
    return Add(Make(spot, codes::kNotBuilt, path,
                    fmt::format("key \"{}\" is not in this version of Bauta", entry.key),
                    "remove it"));
  }
  const std::vector<std::string_view> known = KeysOf(Parent(pattern));
  const auto nearest = Nearest(entry.key, known);
  std::string message = fmt::format("unknown key \"{}\"", entry.key);
  if (nearest) message += fmt::format("; did you mean \"{}\"?", *nearest);
  Add(Make(spot, codes::kUnknownKey, path, std::move(message),
           nearest ? "" : fmt::format("keys here: {}", fmt::join(known, ", "))));
}

void Reader::ReadScalar(const Node& node, const std::string& path, const Option& option) {
  if (node.kind != Node::Kind::kNull) spots_[path].place = node.place;
  Scalar& scalar = scalars_[path];
  const Place place = spots_[path].place;
  scalar.origin = node.override_label.empty()
                      ? fmt::format("{}:{}:{}", sources_.file, place.line, place.column)
                      : node.override_label.substr(0, node.override_label.find(' '));
  if (node.kind == Node::Kind::kNull && option.choices.find("null") == std::string_view::npos) {
    return Refuse(codes::kWrongType, path, scalar, "has no value",
                  fmt::format("give {}, or remove the key", Kind(option)));
  }
  if (node.kind == Node::Kind::kMap || node.kind == Node::Kind::kList) {
    return Refuse(codes::kWrongType, path, scalar, "must be " + Kind(option),
                  "quote a value that holds ${...} inside { }: {key: \"${NAME}\"}");
  }
  scalar.text = node.kind == Node::Kind::kNull ? "null" : node.text;
  if (node.override_label.empty()) {
    auto expanded = Interpolate(node.text, sources_.environment, sources_.read_file);
    if (const auto* fault = std::get_if<InterpolationFault>(&expanded)) {
      return Refuse(fault->code, path, scalar, fault->message, fault->hint);
    }
    const Expanded& done = std::get<Expanded>(expanded);
    scalar.quotable = !done.changed;
    scalar.secret = done.from_file;
    if (node.kind == Node::Kind::kScalar) scalar.text = done.text;
  }
  CheckValue(option, path, scalar);
}

void Reader::CheckValue(const Option& option, const std::string& path, Scalar& scalar) {
  if (!IsValidUtf8(scalar.text)) return Refuse(codes::kWrongType, path, scalar, "is not UTF-8");
  switch (option.type) {
    case Type::kBool:
      if (scalar.text != "true" && scalar.text != "false") {
        Refuse(codes::kWrongType, path, scalar, "must be " + Kind(option));
      }
      return;
    case Type::kChoice:
      return CheckChoice(option, path, scalar);
    case Type::kName:
      if (!IsSimpleName(scalar.text)) {
        Refuse(codes::kBadName, path, scalar,
               "must be a name of 1 to 63 letters, digits, '_', '-' or '.'");
      }
      return;
    case Type::kText:
      if (scalar.text.empty() && !path.ends_with(".default") && path != "source.sqs.events") {
        Refuse(codes::kOutOfRange, path, scalar, "is empty");
      }
      return;
    default:
      return CheckQuantity(option, path, scalar);
  }
}

void Reader::CheckQuantity(const Option& option, const std::string& path, Scalar& scalar) {
  std::optional<double> n;
  if (option.type == Type::kWhole) {
    n = ParseWhole(scalar.text);
  } else if (option.type == Type::kDuration) {
    const auto duration = ParseDuration(scalar.text);
    if (duration) n = static_cast<double>(duration->count());
  } else if (option.type == Type::kBytes) {
    const auto bytes = ParseBytes(scalar.text);
    if (bytes) n = static_cast<double>(*bytes);
  } else {
    n = ParseShare(scalar.text);
    if (n) *n *= 100;
  }
  if (!n) {
    return Refuse(option.type == Type::kWhole ? codes::kWrongType : codes::kBadQuantity, path,
                  scalar, "must be " + Kind(option));
  }
  if (*n < static_cast<double>(option.min) || *n > static_cast<double>(option.max)) {
    return Refuse(codes::kOutOfRange, path, scalar, fmt::format("must be {}", Range(option)));
  }
  if (LastKey(path) == "retention" && static_cast<std::int64_t>(*n) % 86'400'000 != 0) {
    Refuse(codes::kOutOfRange, path, scalar, "must be whole days, such as 35d");
  }
}

void Reader::CheckChoice(const Option& option, const std::string& path, Scalar& scalar) {
  const std::vector<std::string_view> choices = Split(option.choices, '|');
  const auto is_meant = [&](std::string_view choice) {
    if (!IsOpen(choice)) return scalar.text == choice;
    return scalar.text.size() > choice.size() && scalar.text.starts_with(choice);
  };
  if (std::any_of(choices.begin(), choices.end(), is_meant)) return;
  const std::string quoted = scalar.quotable ? fmt::format(" \"{}\"", scalar.text) : "";
  const auto nearest = scalar.quotable ? Nearest(scalar.text, choices) : std::nullopt;
  std::string message = fmt::format("unknown value{}", quoted);
  if (nearest) message += fmt::format("; did you mean \"{}\"?", Spelled(*nearest).front());
  Refuse(codes::kNotAChoice, path, scalar, std::move(message),
         fmt::format("one of: {}", fmt::join(Spelled(option.choices), ", ")));
}

void Reader::Refuse(std::string_view code, const std::string& path, Scalar& scalar,
                    std::string message, std::string hint) {
  scalar.valid = false;
  Report(code, path, std::move(message), std::move(hint));
}

const Scalar* Reader::Find(std::string_view path) const {
  const auto found = scalars_.find(path);
  return found == scalars_.end() ? nullptr : &found->second;
}

std::string Reader::Text(std::string_view path) const {
  const Scalar* const scalar = Find(path);
  if (scalar != nullptr && scalar->valid) return scalar->text;
  const Option* option = FindOption(path);
  if (option == nullptr) option = FindOption(fmt::format("columns.*.{}", LastKey(path)));
  return option == nullptr ? "" : std::string(option->fallback);
}

Reader::Spot Reader::SpotOf(std::string_view path) const {
  while (true) {
    const auto found = spots_.find(path);
    if (found != spots_.end()) return found->second;
    if (path.empty()) return {};
    path = Parent(path);
  }
}

Place Reader::PlaceOf(std::string_view path) const { return SpotOf(path).place; }

Problem Reader::Make(const Spot& spot, std::string_view code, std::string_view path,
                     std::string message, std::string hint) const {
  Problem problem{.code = std::string(code),
                  .path = std::string(path),
                  .file = spot.label.empty() ? sources_.file : spot.label,
                  .line = spot.label.empty() ? spot.place.line : 0,
                  .column = spot.label.empty() ? spot.place.column : 0,
                  .message = std::move(message),
                  .hint = std::move(hint)};
  if (problem.line == 0) return problem;
  const std::string_view line = LineOf(text_, problem.line);
  const bool hide = MayHoldSecret(line) || path.ends_with(".url");
  if (!hide) problem.source_line = std::string(line);
  return problem;
}

void Reader::Report(std::string_view code, std::string_view path, std::string message,
                    std::string hint) {
  Add(Make(SpotOf(path), code, path, std::move(message), std::move(hint)));
}

void Reader::Warn(std::string_view code, std::string_view path, std::string message,
                  std::string hint) {
  Problem problem = Make(SpotOf(path), code, path, std::move(message), std::move(hint));
  problem.severity = Severity::kWarning;
  Add(std::move(problem));
}

std::vector<Loaded::Where> Reader::TakePlaces() {
  std::vector<Loaded::Where> places;
  for (const auto& [path, spot] : spots_) {
    Problem p = Make(spot, "", path, "", "");
    places.push_back({path, p.file, p.line, p.column, std::move(p.source_line)});
  }
  return places;
}

}  // namespace bauta::config
