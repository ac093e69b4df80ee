#include "pg/conninfo.h"

#include <gtest/gtest.h>

#include <map>

namespace bauta::pg {
namespace {

std::string Value(const Keywords& keywords, std::string_view key) {
  for (const auto& [k, v] : keywords) {
    if (k == key) return v;
  }
  return "";
}

Keywords With(const std::string& url, const std::map<std::string, std::string>& env = {}) {
  const Result<Keywords> k = ConnectKeywords({.url = url}, [&](const char* name) -> const char* {
    const auto at = env.find(name);
    return at == env.end() ? nullptr : at->second.c_str();
  });
  EXPECT_TRUE(k.ok()) << url;
  return k.ok() ? *k : Keywords{};
}

TEST(ConninfoTest, VerifiesOnlyHostsThatAreFarAway) {
  const struct {
    const char* url;
    const char* sslmode;
  } kCases[] = {
      {"postgresql://db.example.com/x", "verify-full"},
      {"postgresql://192.0.2.7/x", "verify-full"},
      {"postgresql://[2001:db8::1]/x", "verify-full"},
      {"host=near,db.example.com", "verify-full"},
      {"postgresql://db.example.com/x?sslmode=require", "require"},
      {"postgresql://localhost/x", ""},
      {"postgresql://127.0.0.1:5433/x", ""},
      {"postgresql://postgres/x", ""},
      {"host=/var/run/postgresql", ""},
      {"postgresql:///x", ""},
      {"", ""},
  };
  for (const auto& c : kCases) EXPECT_EQ(Value(With(c.url), "sslmode"), c.sslmode) << c.url;
  EXPECT_EQ(Value(With("", {{"PGHOST", "db.example.com"}}), "sslmode"), "verify-full");
  EXPECT_EQ(Value(With("host=db.example.com", {{"PGSSLMODE", "disable"}}), "sslmode"), "");
}

TEST(ConninfoTest, WantsAWritableHostOfSeveral) {
  EXPECT_EQ(Value(With("host=a,b"), "target_session_attrs"), "read-write");
  EXPECT_EQ(Value(With("host=a,b target_session_attrs=any"), "target_session_attrs"), "any");
  EXPECT_EQ(Value(With("host=a"), "target_session_attrs"), "");
}

TEST(ConninfoTest, NeverQuotesAUrlItCannotRead) {
  const Result<Keywords> k = ConnectKeywords({.url = "postgresql://u:s3cr%ZZet@host/x"},
                                             [](const char*) -> const char* { return nullptr; });
  ASSERT_FALSE(k.ok());
  EXPECT_EQ(k.error().code, ErrorCode::kConfig);
  EXPECT_EQ((k.error().message + k.error().hint).find("s3cr"), std::string::npos);
}

}  // namespace
}  // namespace bauta::pg
