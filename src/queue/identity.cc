#include "queue/identity.h"

#include <fmt/format.h>

#include "queue/address.h"

namespace bauta::queue {
namespace {

constexpr std::string_view kWhoAmI = "GetCallerIdentity";

std::string Answer(const IdentityCall& call, std::string_view result) {
  return fmt::format(
      R"(<{0}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{0}Result>{1}</{0}Result>)"
      R"(<ResponseMetadata><RequestId>{2}</RequestId></ResponseMetadata></{0}Response>)",
      call.action, result, call.request_id);
}

std::string GetCallerIdentity(const IdentityCall& call) {
  return Answer(call, fmt::format("<Arn>arn:aws:iam::{0}:root</Arn><UserId>{0}</UserId>"
                                  "<Account>{0}</Account>",
                                  call.account));
}

// arn:aws:iam::ACCOUNT:role/NAME; empty if it is none.
std::string_view AccountOf(std::string_view role_arn) {
  static constexpr std::string_view kService = ":iam::";
  const std::size_t at = role_arn.find(kService);
  if (!role_arn.starts_with("arn:") || at == std::string_view::npos) return {};
  const std::string_view rest = role_arn.substr(at + kService.size());
  const std::string_view account = rest.substr(0, rest.find(':'));
  return IsAccount(account) ? account : std::string_view();
}

Outcome<std::string> AssumeRole(const IdentityCall& call) {
  const std::string_view account = AccountOf(call.role_arn);
  if (account.empty()) return ValidationError("RoleArn must be arn:aws:iam::ACCOUNT:role/NAME.");
  return Answer(
      call, fmt::format("<Credentials><AccessKeyId>{0}</AccessKeyId><SecretAccessKey>test"
                        "</SecretAccessKey><SessionToken>test</SessionToken>"
                        "<Expiration>2099-12-31T23:59:59Z</Expiration></Credentials>"
                        "<AssumedRoleUser><AssumedRoleId>{0}:session</AssumedRoleId>"
                        "<Arn>arn:aws:sts::{0}:assumed-role/role/session</Arn></AssumedRoleUser>",
                        account));
}

}  // namespace

bool IsIdentityCall(std::string_view action) { return action == kWhoAmI || action == "AssumeRole"; }

Outcome<std::string> Identify(const IdentityCall& call) {
  return call.action == kWhoAmI ? GetCallerIdentity(call) : AssumeRole(call);
}

}  // namespace bauta::queue
