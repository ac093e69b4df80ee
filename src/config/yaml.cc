#include "config/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <optional>
#include <sstream>

#include "base/text.h"

namespace bauta::config {
namespace {

struct Stop {
  YamlFault fault;
};

// Builds the tree from the parser's events.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(std::string_view text) : text_(text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') starts_.push_back(i + 1);
    }
  }

  Node TakeRoot() { return std::move(root_); }

  Place At(const YAML::Mark& mark) const {
    const auto line = static_cast<std::size_t>(mark.line);
    if (mark.line < 0 || mark.column < 0 || line >= starts_.size()) return {1, 1};
    const std::string_view before =
        text_.substr(starts_[line], static_cast<std::size_t>(mark.column));
    return {mark.line + 1, static_cast<int>(Utf8Length(before)) + 1};
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) throw Stop{{At(mark), "a second document", "keep one: remove '---'"}};
  }
  void OnDocumentEnd() override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { RefuseAnchor(mark); }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (anchor != 0) RefuseAnchor(mark);
    if (ExpectsKey()) throw Stop{{At(mark), "a key is missing", ""}};
    Put(Node{Node::Kind::kNull, {}, At(mark), {}, {}});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (anchor != 0) RefuseAnchor(mark);
    if (ExpectsKey()) {
      open_.back().key = Entry{value, At(mark), {}};
      return;
    }
    Put(Node{Node::Kind::kScalar, value, At(mark), {}, {}, tag == "!"});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, anchor, Node::Kind::kList);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, anchor, Node::Kind::kMap);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapEnd() override { Close(); }

 private:
  struct Frame {
    Node node;
    std::optional<Entry> key;  // Read, its value is next.
  };

  [[noreturn]] void RefuseAnchor(const YAML::Mark& mark) const {
    throw Stop{{At(mark), "anchors and aliases are not taken", "write the value out"}};
  }
  bool ExpectsKey() const {
    return !open_.empty() && open_.back().node.kind == Node::Kind::kMap && !open_.back().key;
  }
  void Open(const YAML::Mark& mark, YAML::anchor_t anchor, Node::Kind kind) {
    if (anchor != 0) RefuseAnchor(mark);
    if (ExpectsKey()) throw Stop{{At(mark), "a key must be a plain word", ""}};
    if (open_.size() >= kMaxYamlDepth) throw Stop{{At(mark), "nested too deep", ""}};
    open_.push_back({Node{kind, {}, At(mark), {}, {}}, std::nullopt});
  }
  void Close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    Put(std::move(node));
  }
  void Put(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = open_.back();
    if (frame.node.kind != Node::Kind::kMap) {
      const Place place = node.place;
      frame.node.entries.push_back(Entry{{}, place, std::move(node)});
      return;
    }
    frame.key->value = std::move(node);
    frame.node.entries.push_back(std::move(*frame.key));
    frame.key.reset();
  }

  const std::string_view text_;
  std::vector<std::size_t> starts_ = {0};  // Where each line begins; marks count bytes.
  Node root_;
  std::vector<Frame> open_;
  int documents_ = 0;
};

// yaml-cpp puts the name of an unknown anchor behind a colon; it may be part of a secret.
std::string Reason(const std::string& message) { return message.substr(0, message.find(':')); }

YamlFault Explain(const YAML::Exception& e, const Builder& builder) {
  std::string reason = Reason(e.msg);
  const bool anchor = reason.find("anchor") != std::string::npos;
  return {builder.At(e.mark), std::move(reason),
          anchor ? "a value that begins with * or & must be in quotes"
                 : "quote values that hold : # { } [ ] , or begin with * & ! % @"};
}

std::optional<YamlFault> FindOddByte(std::string_view text) {
  if (text.size() > kMaxYamlBytes) return YamlFault{{1, 1}, "longer than 1 MiB", ""};
  if (!IsValidUtf8(text)) return YamlFault{{1, 1}, "not UTF-8", "save the file as UTF-8"};
  int line = 1, column = 1;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f) {
      return YamlFault{{line, column}, "a control character", "remove it"};
    }
    if (c == '\n') {
      ++line;
      column = 1;
    } else if ((byte & 0xc0) != 0x80) {
      ++column;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view LineOf(std::string_view text, int line) {
  for (int i = 1; i < line; ++i) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

std::variant<Node, YamlFault> ParseYaml(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (auto fault = FindOddByte(text)) return std::move(*fault);
  Builder builder(text);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop& stop) {
    return stop.fault;
  } catch (const YAML::Exception& e) {
    return Explain(e, builder);
  } catch (const std::exception&) {
    return YamlFault{{1, 1}, "cannot be parsed", ""};
  }
  Node root = builder.TakeRoot();
  if (root.kind == Node::Kind::kNull) return Node{Node::Kind::kMap, {}, {1, 1}, {}, {}};
  if (root.kind != Node::Kind::kMap) {
    return YamlFault{root.place, "not a map of keys",
                     "start from 'bauta config example > bauta.yaml'"};
  }
  return root;
}

}  // namespace bauta::config
