#include "queue/signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <cctype>
#include <cstdio>
#include <fstream>

namespace bauta::queue {
namespace {

// A request that botocore signed.
struct Case {
  std::string secret, method, path, body, date;
  std::map<std::string, std::string> headers;  // By lower-case name.

  Outcome<> Check(const SigningKeys& keys, std::int64_t now_s) const {
    return CheckSignature({.method = method,
                           .target = path,
                           .body = body,
                           .header =
                               [this](std::string_view name) {
                                 std::string lower(name);
                                 for (char& c : lower) c = static_cast<char>(std::tolower(c));
                                 const auto found = headers.find(lower);
                                 return found == headers.end() ? std::string_view()
                                                               : std::string_view(found->second);
                               }},
                          keys, now_s);
  }
};

std::string Text(simdjson::dom::element element) {
  return std::string(element.get_string().value());
}

// Those with a path that no client would have encoded on the way.
std::vector<Case> Cases() {
  simdjson::dom::parser parser;
  std::vector<Case> cases;
  for (const simdjson::dom::element c :
       parser.load(BAUTA_TEST_DATA "/sigv4_cases.json").get_array()) {
    const std::string path = Text(c["path"]);
    const bool plain =
        path.find_first_not_of("/abcdefghijklmnopqrstuvwxyz0123456789-_.~") == std::string::npos;
    if (!plain || Text(c["service"]) != "sqs") continue;
    Case made{Text(c["secret"]), Text(c["method"]), path, Text(c["body"]), Text(c["date"]), {}};
    for (const simdjson::dom::element header : c["headers"].get_array()) {
      made.headers[Text(header.at(0))] = Text(header.at(1));
    }
    made.headers["authorization"] = Text(c["authorization"]);
    cases.push_back(made);
  }
  return cases;
}

std::int64_t At(const std::string& date) {
  std::tm tm{};
  strptime(date.c_str(), "%Y%m%dT%H%M%SZ", &tm);
  return timegm(&tm);
}

TEST(SignatureTest, TakesWhatBotocoreSigned) {
  const std::vector<Case> cases = Cases();
  EXPECT_GT(cases.size(), 30u);
  for (const Case& c : cases) {
    const SigningKeys keys = {{"AKIDEXAMPLE", c.secret}};
    const Outcome<> checked = c.Check(keys, At(c.date));
    EXPECT_TRUE(checked.ok()) << checked.failure().message << " " << c.path;
    Case changed = c;
    changed.body += "x";
    EXPECT_FALSE(changed.Check(keys, At(c.date)).ok());
    changed = c;
    changed.headers["x-amz-target"] += "x";
    EXPECT_FALSE(changed.Check(keys, At(c.date)).ok());
  }
}

TEST(SignatureTest, SaysWhatIsWrong) {
  const Case good = Cases().at(0);
  const SigningKeys keys = {{"AKIDEXAMPLE", good.secret}};
  const auto code = [&](const Case& c, const SigningKeys& with, std::int64_t late = 0) {
    const Outcome<> checked = c.Check(with, At(good.date) + late);
    return checked.ok() ? std::string() : std::string(checked.failure().code);
  };
  EXPECT_EQ(code(good, keys), "");
  EXPECT_EQ(code(good, {{"AKIDEXAMPLE", "other"}}), "SignatureDoesNotMatch");
  EXPECT_EQ(code(good, {{"OTHER", good.secret}}), "InvalidClientTokenId");
  EXPECT_EQ(code(good, keys, 301), "SignatureDoesNotMatch");
  EXPECT_EQ(code(good, keys, -301), "SignatureDoesNotMatch");
  const std::pair<const char*, const char*> headers[] = {
      {"", "MissingAuthenticationToken"},
      {"Bearer x", "IncompleteSignature"},
      {"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/a/b/sqs/c, Signature=x", "IncompleteSignature"},
      {"AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=x", "IncompleteSignature"},
      {"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/a/b/s3/c, SignedHeaders=host, Signature=x",
       "SignatureDoesNotMatch"},
  };
  for (const auto& [authorization, expected] : headers) {
    Case c = good;
    c.headers["authorization"] = authorization;
    EXPECT_EQ(code(c, keys), expected) << authorization;
  }
  Case undated = good;
  undated.headers["x-amz-date"] = "today";
  EXPECT_EQ(code(undated, keys), "IncompleteSignature");
}

TEST(SignatureTest, ReadsCredentialsFiles) {
  const std::string file = testing::TempDir() + "signature_test_credentials";
  std::ofstream(file) << "[default]\naws_access_key_id = a\naws_secret_access_key=b=c\n"
                         "[other]\naws_access_key_id=d\n[third]\naws_secret_access_key=e\n";
  EXPECT_THAT(*ReadSigningKeys(file), testing::ElementsAre(testing::Pair("a", "b=c")));
  std::ofstream(file) << "nothing\n";
  EXPECT_EQ(ReadSigningKeys(file).error().code, ErrorCode::kConfig);
  std::remove(file.c_str());
  EXPECT_EQ(ReadSigningKeys(file).error().code, ErrorCode::kConfig);
}

}  // namespace
}  // namespace bauta::queue
