#include "vault/erase.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/temp_postgres.h"
#include "schema/schema.h"
#include "vault/erasures.h"
#include "vault/expire.h"
#include "vault/references.h"

// The real one is the mapping's, which this program does not link.
namespace bauta::mapping {
class RowMaker {
 public:
  static Row Make(std::span<const Value> values) { return Row(values); }
};
}  // namespace bauta::mapping

namespace bauta::vault {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Token(char c) { return "h1:k1:" + std::string(26, c); }
const std::string kFirst = Token('f');  // The person.

// A table t(who, a, b) with tokens in a and b, which the vault has.
class EraseTest : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_POSTGRES();
    static int n = 0;
    const std::string database = "erase_test_" + std::to_string(++n);
    db_.emplace(Connect("postgres"));
    Do("CREATE DATABASE " + database);
    db_.emplace(Connect(database));
    Do("CREATE TABLE t (who text, a text, b text)");
    schema::Registry registry;
    registry.pipeline = "p";
    registry.target = "t";
    registry.columns = {{.column = "a", .mask = "hmac-sha256", .domain = "a", .bits = 128},
                        {.column = "b", .mask = "hmac-sha256", .domain = "b", .bits = 128},
                        {.column = "gone", .mask = "hmac-sha256", .domain = "c", .bits = 128}};
    const auto did = schema::Init(*db_, registry, {.vault = true});
    ASSERT_TRUE(did.ok()) << did.error().message;
  }

  static pg::Connection Connect(const std::string& database) {
    return pg::Connection::Open({.url = fakes::TempPostgres::Instance().url(database)}).value();
  }
  void Do(const std::string& sql) {
    const auto done = db_->Query(sql);
    ASSERT_TRUE(done.ok()) << sql << ": " << done.error().message;
  }
  std::string Ask(const std::string& sql) {
    const auto rows = db_->Query(sql);
    EXPECT_TRUE(rows.ok()) << sql << ": " << rows.error().message;
    return rows.ok() && rows->size() > 0 ? rows->String(0, 0) : "nothing";
  }
  void Row(const std::string& who, char a, char b) {
    Do("INSERT INTO t VALUES ('" + who + "', '" + Token(a) + "', '" + Token(b) + "')");
    for (const char c : {a, b}) {
      Do("INSERT INTO pii.vault (token, domain, kid, recipient, sealed) VALUES ('" + Token(c) +
         "', 'd', 'k1', 'v1', 'x') ON CONFLICT DO NOTHING");
    }
  }
  std::vector<std::string> Vault() {
    const auto rows = db_->Query("SELECT token FROM pii.vault ORDER BY 1");
    std::vector<std::string> tokens;
    for (int i = 0; i < rows->size(); ++i) tokens.push_back(rows->String(i, 0));
    return tokens;
  }

  static EraseOrder Person(const std::string& who) {
    EraseOrder order;
    order.table = "public.t";
    order.columns = {{.name = "a", .field = 1, .token = true},
                     {.name = "b", .field = 2, .token = true}};
    order.marks = {kFirst};
    order.subject_column = "who";
    order.person = who;
    order.reason = "a request of somebody";
    return order;
  }
  static EraseOrder Value(char a) {
    EraseOrder order = Person("");
    order.person.reset();
    order.subject_column.clear();
    order.columns[0].values = order.marks = {Token(a)};
    return order;
  }
  EraseCounts Run(const EraseOrder& order) {
    const ErasePlaces places{*db_};
    const Result<EraseCounts> said = WouldErase(places, order);
    EXPECT_TRUE(said.ok()) << said.error().message;
    const Result<EraseCounts> did = Erase(places, order, {});
    EXPECT_TRUE(did.ok()) << did.error().message;
    EXPECT_EQ(said->rows, did->rows);
    EXPECT_EQ(said->originals, did->originals);
    EXPECT_EQ(said->shared, did->shared);
    return *did;
  }

  std::optional<pg::Connection> db_;
};

TEST_F(EraseTest, TakesWhatIsOnlyThePersons) {
  Row("one", 'a', 'b');
  Row("one", 'c', 'b');
  Row("two", 'a', 'd');
  const EraseCounts counts = Run(Person("one"));
  EXPECT_EQ(counts.rows, 2u);
  EXPECT_EQ(counts.originals, 2u);
  EXPECT_EQ(counts.shared, 1u);
  EXPECT_THAT(Vault(), ElementsAre(Token('a'), Token('d')));
  EXPECT_EQ(Ask("SELECT string_agg(token_or_subject, ',') FROM pii.erased"), kFirst);
}

TEST_F(EraseTest, AnotherRowsAliasKeepsAnOriginal) {
  Row("one", 'a', 'b');
  Row("two", 'c', 'd');
  Do("INSERT INTO pii.token_alias VALUES ('" + Token('a') + "', '" + Token('c') + "', 'd')");
  const EraseCounts counts = Run(Person("one"));
  EXPECT_EQ(counts.originals, 1u);
  EXPECT_THAT(Vault(), ElementsAre(Token('a'), Token('c'), Token('d')));
  EXPECT_EQ(Ask("SELECT count(*) FROM pii.token_alias"), "1");
  EXPECT_EQ(Run(Person("two")).originals, 3u);
  EXPECT_EQ(Ask("SELECT count(*) FROM pii.token_alias"), "0");
}

TEST_F(EraseTest, AValueLeavesTheOtherFields) {
  Row("one", 'a', 'b');
  Row("two", 'c', 'a');
  EraseOrder order = Value('a');
  order.rows = RowsBecome::kNull;
  EXPECT_EQ(Run(order).rows, 1u);
  EXPECT_EQ(Ask("SELECT count(*) FROM t WHERE a IS NULL AND b IS NOT NULL AND who = 'one'"), "1");
  EXPECT_THAT(Vault(), ElementsAre(Token('b'), Token('c')));
}

TEST_F(EraseTest, ADeletedRowsOtherOriginalsGoToo) {
  Row("one", 'a', 'b');
  const EraseCounts counts = Run(Value('a'));
  EXPECT_EQ(counts.rows, 1u);
  EXPECT_EQ(counts.originals, 2u);
  EXPECT_THAT(Vault(), IsEmpty());
  EXPECT_EQ(Ask("SELECT string_agg(token_or_subject, ',') FROM pii.erased"), Token('a'));
}

TEST_F(EraseTest, OfAMonthThatIsOverTheOriginalGoes) {
  Row("one", 'a', 'b');
  EraseOrder order = Value('z');
  order.more_tokens = {Token('a')};
  EXPECT_EQ(Run(order).originals, 1u);
  EXPECT_THAT(Vault(), ElementsAre(Token('b')));
}

TEST_F(EraseTest, WhatIsNoTokenIsLeftToItself) {
  Do("INSERT INTO t VALUES ('one', 'clear once', NULL)");
  EXPECT_EQ(Run(Person("one")).rows, 1u);
}

TEST_F(EraseTest, AColumnThatMustNotBeNullSaysSo) {
  Row("one", 'a', 'b');
  Do("ALTER TABLE t ALTER a SET NOT NULL");
  EraseOrder order = Person("one");
  order.rows = RowsBecome::kNull;
  const Result<EraseCounts> done = Erase({*db_}, order, {});
  ASSERT_FALSE(done.ok());
  EXPECT_THAT(done.error().hint, HasSubstr("--rows delete"));
  EXPECT_TRUE(db_->Rollback());
}

TEST_F(EraseTest, ExpiresWhatNoRowHas) {
  Row("one", 'a', 'b');
  Row("two", 'c', 'd');
  Do("DELETE FROM t WHERE who = 'one'");
  const ErasePlaces places{*db_};
  const auto expire = [&](ExpireMode mode) {
    const Result<ExpireCounts> counts = ExpireVault(places, "the month is over", mode, {});
    EXPECT_TRUE(counts.ok()) << counts.error().message;
    EXPECT_EQ(counts->looked_at, 4u);
    EXPECT_EQ(counts->gone, 2u);
  };
  const std::string before = Ask("SELECT n FROM pii.generation");
  expire(ExpireMode::kDryRun);
  EXPECT_EQ(Vault().size(), 4u);
  expire(ExpireMode::kReal);
  EXPECT_THAT(Vault(), ElementsAre(Token('c'), Token('d')));
  EXPECT_NE(Ask("SELECT n FROM pii.generation"), before);
  EXPECT_EQ(Ask("SELECT count(*) FROM pii.erased"), "0");
  EXPECT_EQ(Ask("SELECT action || ': ' || reason FROM pii.audit"),
            "expire: the month is over [2 originals]");
}

// What the ingest asks.

TEST_F(EraseTest, WhatWasSentBeforeIsKnownByItsPersonOrItsTokens) {
  Do("INSERT INTO pii.erased VALUES ('" + kFirst + "', to_timestamp(1000)), ('" + Token('a') +
     "', to_timestamp(2000))");
  std::optional<Erasures> erasures = Erasures::Open(*db_, std::nullopt).value();
  ASSERT_TRUE(erasures);
  EXPECT_TRUE(erasures->MayConcern(9'000'000)) << "nothing is known yet";
  ASSERT_TRUE(erasures->Read(*db_, 1).ok());
  EXPECT_TRUE(erasures->IsOf(1));
  EXPECT_TRUE(erasures->MayConcern(2'000'000));
  EXPECT_FALSE(erasures->MayConcern(2'000'001));

  const std::string a = Token('a'), b = Token('b');
  const auto text = [](std::string_view t) {
    bauta::Value value;
    value.kind = bauta::Value::Kind::kText;
    value.text = t;
    return value;
  };
  const std::vector<bauta::Value> with_a = {text(a), text(b)}, without = {text(b)};
  const bauta::Row has = mapping::RowMaker::Make(with_a),
                   has_not = mapping::RowMaker::Make(without);
  TokensOfEvents tokens;
  tokens.Add(0, 1'000'000, kFirst, has_not);
  tokens.Add(1, 1'000'001, kFirst, has_not);
  tokens.Add(2, 2'000'000, kFirst, has);
  tokens.Add(3, 2'000'001, "", has);
  tokens.Add(4, 5, "", has_not);
  tokens.Add(5, 5, "", has_not);
  tokens.AddOld(5, 5, a);  // As its value was called before a rotation.
  tokens.AddOld(1, 5, b);
  EXPECT_THAT(erasures->Find(*db_, tokens).value(), ElementsAre(0, 2, 5));
}

TEST_F(EraseTest, WithoutTheSchemaNothingIsAsked) {
  Do("DROP SCHEMA pii CASCADE");
  EXPECT_FALSE(Erasures::Open(*db_, std::nullopt).value());
}

}  // namespace
}  // namespace bauta::vault
