#include "schema/grants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "fakes/temp_postgres.h"
#include "schema/schema.h"

namespace bauta::schema {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

pg::Connection Connect(const std::string& database, const std::string& user) {
  Result<pg::Connection> c = pg::Connection::Open(
      {.url = fakes::TempPostgres::Instance().url(database) + " user=" + user});
  if (!c.ok()) ADD_FAILURE() << c.error().message;
  return std::move(c).value();
}

class GrantsTest : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_POSTGRES();
    Result<pg::Connection> admin =
        pg::Connection::Open({.url = fakes::TempPostgres::Instance().url("postgres")});
    ASSERT_TRUE(admin.ok()) << admin.error().message;
    ASSERT_TRUE(admin->Query("DROP DATABASE IF EXISTS grants_test").ok());
    ASSERT_TRUE(admin
                    ->Query("DROP ROLE IF EXISTS ingest, bauta_owner, bauta_ingest, "
                            "bauta_operator")
                    .ok());
    ASSERT_TRUE(admin->Query("CREATE DATABASE grants_test").ok());
    ASSERT_TRUE(admin->Query("CREATE ROLE ingest LOGIN").ok());
    Result<pg::Connection> owner =
        pg::Connection::Open({.url = fakes::TempPostgres::Instance().url("grants_test")});
    ASSERT_TRUE(owner.ok());
    owner_.emplace(std::move(owner).value());
    ingest_.emplace(Connect("grants_test", "ingest"));
  }

  std::optional<pg::Connection> owner_, ingest_;
};

TEST_F(GrantsTest, NamesWhatIsMissingUntilNothingIs) {
  Registry registry;
  registry.pipeline = "logins";
  registry.target = "user_logins";
  ASSERT_TRUE(Init(*owner_, registry, {.create_table = true}).ok());
  const Result<> nothing = CheckGrants(*ingest_);
  ASSERT_FALSE(nothing.ok());
  EXPECT_EQ(nothing.error().code, ErrorCode::kConfig);
  EXPECT_THAT(nothing.error().message, StartsWith("user ingest lacks USAGE on SCHEMA bauta, "));
  EXPECT_THAT(nothing.error().hint, HasSubstr("GRANT SELECT, INSERT ON bauta.ledger TO"));
  EXPECT_THAT(nothing.error().hint, HasSubstr("FUNCTION bauta.expire_rest() TO"));

  ASSERT_TRUE(owner_->Query(IngestGrants("ingest")).ok());
  EXPECT_TRUE(CheckGrants(*ingest_).ok());
  EXPECT_TRUE(CheckGrants(*owner_).ok());
  ASSERT_TRUE(owner_->Query("REVOKE INSERT ON bauta.batch FROM ingest").ok());
  EXPECT_THAT(CheckGrants(*ingest_).error().message, HasSubstr("INSERT on bauta.batch"));

  const auto insert = [&] {
    return CheckInsert(*ingest_, "public", "user_logins", {"user_id", "locale"});
  };
  EXPECT_THAT(insert().error().hint, HasSubstr("GRANT INSERT ON public.user_logins TO"));
  ASSERT_TRUE(owner_->Query("GRANT INSERT (user_id) ON user_logins TO ingest").ok());
  EXPECT_FALSE(insert().ok());
  ASSERT_TRUE(owner_->Query("GRANT INSERT (locale) ON user_logins TO ingest").ok());
  EXPECT_TRUE(insert().ok()) << "the columns are enough";
}

TEST_F(GrantsTest, WithRolesTheCureIsMembershipAndExcessIsTold) {
  Registry registry;
  registry.pipeline = "logins";
  registry.target = "user_logins";
  ASSERT_TRUE(owner_->Query("CREATE TABLE user_logins (id serial, user_id text)").ok());
  EXPECT_THAT(Excess(*owner_, "public", "user_logins").value(), testing::IsEmpty());
  const auto did = Init(*owner_, registry, {.roles = true});
  ASSERT_TRUE(did.ok()) << did.error().message;
  EXPECT_THAT(*did, testing::IsSupersetOf({"created role bauta_ingest",
                                           "granted bauta_ingest INSERT on user_logins"}));
  EXPECT_THAT(CheckGrants(*ingest_).error().hint,
              HasSubstr("GRANT bauta_ingest TO \"ingest\"; or"));
  const auto insert = [&] { return CheckInsert(*ingest_, "public", "user_logins", {"user_id"}); };
  EXPECT_THAT(insert().error().message, HasSubstr("USAGE on SEQUENCE public.user_logins_id_seq"));

  ASSERT_TRUE(owner_->Query("GRANT bauta_ingest TO ingest").ok());
  EXPECT_TRUE(CheckGrants(*ingest_).ok());
  EXPECT_TRUE(insert().ok());
  EXPECT_THAT(Excess(*ingest_, "public", "user_logins").value(), testing::IsEmpty());
  ASSERT_TRUE(owner_->Query("REVOKE SELECT ON bauta.meta FROM bauta_ingest").ok());
  EXPECT_THAT(CheckGrants(*ingest_).error().hint,
              HasSubstr("let its owner say: GRANT SELECT ON bauta.meta TO bauta_ingest;"));
  ASSERT_TRUE(
      owner_->Query("GRANT bauta_operator TO ingest; GRANT SELECT ON user_logins TO ingest").ok());
  EXPECT_THAT(Excess(*ingest_, "public", "user_logins").value(),
              testing::ElementsAre("may SELECT (sealed), UPDATE on bauta.quarantine",
                                   "may SELECT on public.user_logins"));
  EXPECT_THAT(Excess(*owner_, "public", "user_logins").value(),
              testing::ElementsAre("is a superuser"));
}

}  // namespace
}  // namespace bauta::schema
