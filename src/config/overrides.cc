#include "config/overrides.h"

#include <algorithm>

#include "config/codes.h"

namespace bauta::config {
namespace {

constexpr std::string_view kPrefix = "BAUTA__";
constexpr std::size_t kMaxParts = 8;

Problem Unreadable(std::string label, std::string message, std::string hint) {
  return {.code = std::string(codes::kBadOverride),
          .file = std::move(label),
          .message = std::move(message),
          .hint = std::move(hint)};
}

void Label(Node& node, const std::string& label) {
  node.override_label = label;
  node.place = {};
  for (Entry& entry : node.entries) {
    entry.place = {};
    Label(entry.value, label);
  }
}

Node& Child(Node& map, std::string_view key, const std::string& label) {
  if (map.kind != Node::Kind::kMap) {
    map = Node{Node::Kind::kMap, {}, {}, {}, label};
  }
  for (Entry& entry : map.entries) {
    if (entry.key == key) return entry.value;
  }
  map.entries.push_back({std::string(key), {}, Node{Node::Kind::kNull, {}, {}, {}, label}});
  return map.entries.back().value;
}

// Text that begins like a flow map is YAML; all else stands for itself, '#' and ':' included.
std::optional<Node> ParseValue(const std::string& text) {
  if (!text.starts_with('{')) return Node{Node::Kind::kScalar, text, {}, {}, {}};
  std::variant<Node, YamlFault> parsed = ParseYaml(text);
  if (std::holds_alternative<YamlFault>(parsed)) return std::nullopt;
  return std::get<Node>(std::move(parsed));
}

class Overlay {
 public:
  explicit Overlay(Node& root) : root_(root) {}

  void Put(const std::string& label, const std::string& path, const std::string& value) {
    const std::vector<std::string_view> parts = Split(path, '.');
    const bool hollow =
        std::any_of(parts.begin(), parts.end(), [](std::string_view part) { return part.empty(); });
    if (hollow || parts.size() > kMaxParts) {
      problems.push_back(Unreadable(label, "names no key", "a key looks like source.sqs.queue"));
      return;
    }
    std::optional<Node> node = ParseValue(value);
    if (!node) {
      problems.push_back(Unreadable(label, "begins with { but is no YAML map", ""));
      return;
    }
    Label(*node, label);
    Node* at = &root_;
    for (const std::string_view part : parts) at = &Child(*at, part, label);
    *at = std::move(*node);
  }

  std::vector<Problem> problems;

 private:
  Node& root_;
};

// BAUTA__SOURCE__SQS__QUEUE -> source.sqs.queue
std::string PathOf(std::string_view variable) {
  std::string path;
  variable.remove_prefix(kPrefix.size());
  for (std::size_t i = 0; i < variable.size(); ++i) {
    if (variable.substr(i, 2) == "__") {
      path += '.';
      ++i;
    } else {
      const char c = variable[i];
      path += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return path;
}

}  // namespace

std::vector<Problem> ApplyOverrides(Node& root, const Sources& sources) {
  Overlay overlay(root);
  for (const auto& [name, value] : sources.environment) {
    if (name.starts_with(kPrefix)) overlay.Put(name, PathOf(name), value);
  }
  for (const std::string& set : sources.sets) {
    const std::size_t equals = set.find('=');
    if (equals == std::string::npos) {
      overlay.problems.push_back(
          Unreadable("--set", "needs a key and a value", "--set source.sqs.queue=logins"));
      continue;
    }
    const std::string path = set.substr(0, equals);
    overlay.Put("--set " + path, path, set.substr(equals + 1));
  }
  for (const Sources::Override& flag : sources.flags) {
    overlay.Put(flag.label, flag.path, flag.value);
  }
  return std::move(overlay.problems);
}

}  // namespace bauta::config
