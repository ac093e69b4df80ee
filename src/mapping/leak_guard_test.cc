#include "mapping/leak_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "fakes/mapping_fixture.h"

namespace bauta::mapping {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A column in clear, one that is masked, a number, an inet, and the rest.
struct Guarded : fakes::Mapping {
  explicit Guarded(OnLeak on_leak) {
    rules.on_leak = on_leak;
    Add("note", ColumnType::kText, "/note");
    AddMasked("secret", "/secret", masking::Form::kStr1);
    Add("n", ColumnType::kInt64, "/n");
    Add("net", ColumnType::kInet, "/net");
    Add("tags", ColumnType::kTextArray, "/tags");
    Add("rest", ColumnType::kJsonb, "/unused");
    rules.columns.pop_back();
    rules.unknown_fields = UnknownFields::kColumn;
    rules.rest_column = "rest";
  }
};

// The columns that are told, of events that a mapper gets one after the other.
std::vector<std::string> Leaks(fakes::Mapping& mapping, const std::vector<std::string>& bodies) {
  const auto mapper = mapping.Make();
  Batch batch;
  for (const std::string& body : bodies) {
    Message message = fakes::MakeMessage(body);
    mapper->Map(message, batch);
    EXPECT_TRUE(batch.events.back().row) << body;
  }
  std::vector<std::string> columns;
  for (const Leak& leak : batch.leaks) columns.emplace_back(leak.column);
  return columns;
}

struct Case {
  const char* body;
  const char* column;  // Null: none.
};
const Case kCases[] = {
    {R"({"note":"fine","secret":"abcdefgh","n":1,"net":null,"tags":["a"],"x":1})", nullptr},
    {R"({"note":"from 192.0.2.200"})", "note"},
    {R"({"note":"192.0.2.\u0032"})", "note"},
    {R"({"net":"192.0.2.7"})", "net"},
    {R"({"net":"192.0.2.0/24"})", nullptr},
    {R"({"tags":["a","somebody@example.com"]})", "tags"},
    {R"({"x":{"mail":"somebody@example.com"}})", "rest"},
    {R"({"n":4111111111111111})", nullptr},
    {R"({"note":"abcdefgh","secret":"abcdefgh"})", "note"},
    {R"({"note":" abcdefgh ","secret":"abcdefg\u0068"})", "note"},
    {R"({"note":"abcdefghi","secret":"abcdefgh"})", nullptr},
    {R"({"note":"DE","secret":"DE"})", nullptr},
    {R"({"x":["abcdefgh"],"secret":"abcdefgh"})", "rest"},
    {R"({"x":"abcdefgh!","secret":"abcdefgh"})", nullptr},
    {R"({"tags":["abcdefgh"],"secret":"abcdefgh"})", "tags"},
};

TEST(LeakGuardTest, WarnsOfTheColumnAndLetsTheRowPass) {
  for (const Case& c : kCases) {
    Guarded mapping(OnLeak::kWarn);
    if (c.column == nullptr) {
      EXPECT_THAT(Leaks(mapping, {c.body}), IsEmpty()) << c.body;
    } else {
      EXPECT_THAT(Leaks(mapping, {c.body}), ElementsAre(c.column)) << c.body;
    }
  }
}

TEST(LeakGuardTest, QuarantinesWithTheColumnAsReason) {
  for (const Case& c : kCases) {
    if (c.column == nullptr) continue;
    Guarded mapping(OnLeak::kQuarantine);
    EXPECT_EQ(mapping.Map(c.body), std::string("leak@") + c.column) << c.body;
  }
}

TEST(LeakGuardTest, AColumnMayBeMoreOrLessStrictThanTheRest) {
  Guarded strict(OnLeak::kIgnore);
  strict.rules.columns[0].on_leak = OnLeak::kQuarantine;
  EXPECT_EQ(strict.Map(R"({"note":"192.0.2.200","net":"192.0.2.7"})"), "leak@note");
  EXPECT_THAT(Leaks(strict, {R"({"net":"192.0.2.7","x":"192.0.2.9"})"}), IsEmpty());

  Guarded loose(OnLeak::kQuarantine);
  loose.rules.columns[0].on_leak = OnLeak::kIgnore;
  EXPECT_THAT(Leaks(loose, {R"({"note":"192.0.2.200"})"}), IsEmpty());
}

TEST(LeakGuardTest, ADefaultIsNoLeak) {
  Guarded mapping(OnLeak::kQuarantine);
  mapping.rules.columns[0].default_value =
      DefaultValue{DefaultValue::Kind::kLiteral, "192.0.2.200"};
  EXPECT_THAT(Leaks(mapping, {"{}"}), IsEmpty());
}

TEST(LeakGuardTest, ARefusalForAnotherReasonComesFirst) {
  Guarded mapping(OnLeak::kQuarantine);
  EXPECT_EQ(mapping.Map(R"({"note":"192.0.2.200","n":"x"})"), "wrong_type@n");
}

TEST(LeakGuardTest, LooksAtTheFirstAndThenAtASample) {
  Guarded mapping(OnLeak::kWarn);
  constexpr std::size_t kAfter = 10;
  const std::vector<std::string> bodies(LeakGuard::kAll + kAfter * LeakGuard::kOneIn,
                                        R"({"note":"192.0.2.200"})");
  EXPECT_EQ(Leaks(mapping, bodies).size(), LeakGuard::kAll + kAfter);
}

TEST(LeakGuardTest, FourCardsTellButOnlyIfMostNumbersAreSuch) {
  const std::string card = R"({"note":"4111111111111111"})", id = R"({"note":"1541815603606036"})";
  Guarded mapping(OnLeak::kWarn);
  EXPECT_THAT(Leaks(mapping, {card, card, card}), IsEmpty());
  EXPECT_THAT(Leaks(mapping, {card, card, card, card}), ElementsAre("note"));
  EXPECT_THAT(Leaks(mapping, {id, id, card, id, card, id, id, card, card}), IsEmpty());
  Guarded strict(OnLeak::kQuarantine);
  EXPECT_EQ(strict.Map(card), "leak@note");
}

}  // namespace
}  // namespace bauta::mapping
