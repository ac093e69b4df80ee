#include "aws/answers.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace bauta::aws {

Error NotAnAnswer(std::string_view to) {
  return Rejected("the server's answer to " + std::string(to) + " is not what SQS sends");
}

std::int64_t CountOr(std::string_view text, std::int64_t otherwise) {
  std::int64_t n = otherwise;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  return error == std::errc() && n >= 0 ? n : otherwise;
}

int ReceiveCount(std::int64_t n) {
  return static_cast<int>(std::clamp<std::int64_t>(n, 1, 1'000'000'000));
}

std::string TameCode(std::string_view code) {
  std::string out;
  for (const char c : code.substr(0, 80)) {
    const bool fine = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
                      c == '.' || c == '_' || c == '-';
    if (fine) out += c;
  }
  return out;
}

std::string QueryCode(std::string_view code) {
  const std::size_t dot = code.rfind('.');
  if (dot != std::string_view::npos) code.remove_prefix(dot + 1);
  return TameCode(code);
}

void AddSystemAttribute(std::string_view name, std::string_view value, Received& message) {
  if (name == "MessageGroupId") message.group = value;
  message.system.pop_back();
  if (message.system.size() > 1) message.system += ',';
  AppendJsonString(message.system, name);
  message.system += ':';
  AppendJsonString(message.system, value);
  message.system += '}';
}

void BatchAnswer::Refuse(std::string_view id, std::string_view code, bool sender_fault) {
  if (Name(id)) refused_.push_back({entry_, TameCode(code), sender_fault});
}

bool BatchAnswer::Name(std::string_view id) {
  std::size_t n = 0;
  const char* const last = id.data() + id.size();
  const auto [end, error] = std::from_chars(id.data(), last, n);
  if (error != std::errc() || end != last || n >= named_.size() || named_[n]) return false;
  named_[n] = true;
  entry_ = n;
  return true;
}

std::vector<Refused> BatchAnswer::Take() && {
  for (std::size_t i = 0; i < named_.size(); ++i) {
    if (!named_[i]) refused_.push_back({i, "Missing", false});
  }
  return std::move(refused_);
}

}  // namespace bauta::aws
