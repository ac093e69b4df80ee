#include "queue/permissions.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace bauta::queue {
namespace {

constexpr std::size_t kMaxActions = 7;
// What an owner can let others do.
constexpr std::array<std::string_view, 9> kActions = {
    "*",           "ChangeMessageVisibility",    "DeleteMessage", "GetQueueAttributes",
    "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue",    "ReceiveMessage",
    "SendMessage"};

// Calls that only the owner can make.
bool IsOwners(std::string_view action) {
  static constexpr std::array<std::string_view, 15> kOwners = {"AddPermission",
                                                               "CancelMessageMoveTask",
                                                               "CreateQueue",
                                                               "DeleteQueue",
                                                               "ListMessageMoveTasks",
                                                               "ListQueueTags",
                                                               "ListQueues",
                                                               "RemovePermission",
                                                               "SetQueueAttributes",
                                                               "StartMessageMoveTask",
                                                               "TagQueue",
                                                               "UntagQueue",
                                                               "ChangeMessageVisibilityBatch",
                                                               "DeleteMessageBatch",
                                                               "SendMessageBatch"};
  return std::find(kOwners.begin(), kOwners.end(), action) != kOwners.end();
}

struct Statement {
  std::string label, json;
};
struct Policy {
  std::string version = "2008-10-17", id;
  std::vector<Statement> statements;
};

std::string Text(const simdjson::dom::object& object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

// What is no policy counts as none.
Policy Parse(std::string_view text) {
  Policy policy;
  if (text.empty()) return policy;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(text.data(), text.size()).get(object) != simdjson::SUCCESS) return policy;
  policy.version = Text(object, "Version");
  policy.id = Text(object, "Id");
  simdjson::dom::array statements;
  if (object["Statement"].get(statements) != simdjson::SUCCESS) return policy;
  for (const simdjson::dom::element statement : statements) {
    simdjson::dom::object parts;
    if (statement.get(parts) != simdjson::SUCCESS) continue;
    policy.statements.push_back({Text(parts, "Sid"), simdjson::minify(statement)});
  }
  return policy;
}

std::string Write(const Policy& policy) {
  if (policy.statements.empty()) return {};
  std::string out = R"({"Version":)" + JsonString(policy.version) + R"(,"Id":)" +
                    JsonString(policy.id) + R"(,"Statement":[)";
  for (const Statement& statement : policy.statements) {
    if (&statement != &policy.statements.front()) out += ',';
    out += statement.json;
  }
  return out + "]}";
}

// One is written as itself, more as a list.
std::string OneOrMore(const std::vector<std::string>& texts, std::string_view before,
                      std::string_view after) {
  std::string out;
  for (const std::string& text : texts) {
    if (!out.empty()) out += ',';
    AppendJsonString(out, std::string(before) + text + std::string(after));
  }
  return texts.size() == 1 ? out : "[" + out + "]";
}

Outcome<> Check(const Permission& permission) {
  if (permission.label.empty()) return MissingParameter("Label");
  if (permission.actions.empty()) return MissingParameter("Actions");
  if (permission.accounts.empty()) {
    return InvalidValue("[]", "PrincipalId", "Unable to verify.");
  }
  if (permission.actions.size() > kMaxActions) {
    return OverLimit(fmt::format("{} Actions were found, maximum allowed is {}.",
                                 permission.actions.size(), kMaxActions));
  }
  for (const std::string& action : permission.actions) {
    if (std::find(kActions.begin(), kActions.end(), action) != kActions.end()) continue;
    return InvalidValue("SQS:" + action, "ActionName",
                        IsOwners(action)
                            ? "Only the queue owner is allowed to invoke this action."
                            : "Please refer to the appropriate WSDL for a list of valid actions.");
  }
  return Unit{};
}

}  // namespace

Outcome<std::string> AddPermission(std::string_view text, std::string_view queue_arn,
                                   const Permission& permission) {
  OR_FAIL(Check(permission));
  Policy policy = Parse(text);
  for (const Statement& statement : policy.statements) {
    if (statement.label == permission.label) {
      return InvalidValue(permission.label, "Label", "Already exists.");
    }
  }
  if (policy.id.empty()) policy.id = std::string(queue_arn) + "/SQSDefaultPolicy";
  std::vector<std::string> accounts = permission.accounts;
  std::sort(accounts.rbegin(), accounts.rend());  // Not as given, in SQS either.
  policy.statements.push_back(
      {permission.label, R"({"Sid":)" + JsonString(permission.label) +
                             R"(,"Effect":"Allow","Principal":{"AWS":)" +
                             OneOrMore(accounts, "arn:aws:iam::", ":root") + R"(},"Action":)" +
                             OneOrMore(permission.actions, "SQS:", "") + R"(,"Resource":)" +
                             JsonString(queue_arn) + "}"});
  return Write(policy);
}

Outcome<std::string> RemovePermission(std::string_view text, std::string_view label) {
  if (label.empty()) return MissingParameter("Label");
  Policy policy = Parse(text);
  const std::size_t removed =
      std::erase_if(policy.statements, [&](const Statement& s) { return s.label == label; });
  if (removed == 0) return InvalidValue(label, "Label", "can't find label.");
  return Write(policy);
}

}  // namespace bauta::queue
