#include "sealing/quarantine_record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/hpke.h"
#include "fakes/vectors.h"
#include "sealing/record_format.h"

namespace bauta::sealing {
namespace {

// A vector's place with the strings that it points to.
struct Place {
  explicit Place(const Vector& v)
      : pipeline(v.Str("pipeline")),
        message_id(v.Str("message_id")),
        sent_ms(std::stoll(v.Str("sent_ms"))),
        item(static_cast<std::uint32_t>(v.Int("item"))) {}
  operator RecordPlace() const { return {pipeline, message_id, sent_ms, item}; }  // NOLINT
  std::string pipeline, message_id;
  std::int64_t sent_ms;
  std::uint32_t item;
};

crypto::SecretBytes IdentityOf(const Vector& v) {
  return crypto::SecretBytes::CopyOf(v.Hex("recipient_sk_hex"));
}

class GoodRecord : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, GoodRecord,
                         testing::ValuesIn(VectorsOf("scheme-quarantine-",
                                                     "scheme-quarantine-bad-")),
                         TestName);
TEST_P(GoodRecord, IsOpened) {
  const Result<Opened> opened =
      OpenQuarantineRecord(IdentityOf(GetParam()), Place(GetParam()), GetParam().Hex("record_hex"));
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  EXPECT_EQ(opened->attributes, GetParam().Str("attributes"));
  EXPECT_EQ(opened->body, GetParam().Str("body"));
}

TEST_P(GoodRecord, IsSealedToTheSameBytes) {
  const Vector& v = GetParam();
  crypto::X25519Public recipient;
  std::ranges::copy(v.Hex("recipient_pk_hex"), recipient.begin());
  const Result<crypto::HpkeSetup> setup = crypto::HpkeSendWith(
      crypto::SecretBytes::CopyOf(v.Hex("ephemeral_sk_hex")), recipient, v.Str("info"));
  ASSERT_TRUE(setup.ok());
  const crypto::SecretBytes dek = setup->context.Export("dek", 32);
  EXPECT_EQ(AsText(dek.bytes()), v.Hex("dek_hex"));
  EXPECT_EQ(SealRecord(dek, setup->enc, std::stoull(v.Str("counter")), Place(v),
                       {v.Str("attributes"), v.Str("body")}),
            v.Hex("record_hex"));
}

class BadRecord : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, BadRecord, testing::ValuesIn(VectorsOf("scheme-quarantine-bad-")),
                         TestName);
TEST_P(BadRecord, IsRefused) {
  const Result<Opened> opened =
      OpenQuarantineRecord(IdentityOf(GetParam()), Place(GetParam()), GetParam().Hex("record_hex"));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kRejected);
}

class SealedRecord : public testing::Test {
 protected:
  const crypto::SecretBytes identity_ = crypto::RandomSecret(32);
  Sealer sealer_ = Sealer::Make(crypto::X25519PublicOf(identity_)).value();
  const RecordPlace place_{"logins", "message-1", 1767323045000, 3};

  std::string Sealed(std::string body = "a body") {
    return sealer_.Seal(place_, Sealable("{}", std::move(body))).value();
  }
  bool Opens(const RecordPlace& place, std::string_view record) const {
    return OpenQuarantineRecord(identity_, place, record).ok();
  }
};

TEST_F(SealedRecord, ComesBack) {
  const std::string body = std::string("\0\xff\x80 ip 192.0.2.1", 15) + std::string(70'000, '\0');
  const Result<Opened> opened = OpenQuarantineRecord(identity_, place_, Sealed(body));
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->body, body);
  EXPECT_EQ(opened->attributes, "{}");
}

TEST_F(SealedRecord, OfAMessageWithSystemAttributesHoldsThem) {
  const std::string record =
      sealer_.Seal(place_, Sealable(R"({"a":1})", "body", R"({"SenderId":"x"})")).value();
  EXPECT_EQ(record[0], 2);
  const Result<Opened> opened = OpenQuarantineRecord(identity_, place_, record);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->attributes, R"({"a":1})");
  EXPECT_EQ(opened->body, "body");
  EXPECT_EQ(opened->system, R"({"SenderId":"x"})");
  EXPECT_FALSE(opened->alone);
}

TEST_F(SealedRecord, OfOneEventAmongSeveralHoldsItAlone) {
  const Sealable body("{}", "[first,2nd,,last]", "{}", {{1, 5}, {7, 3}, {11, 0}, {12, 4}});
  const Result<Opened> opened =
      OpenQuarantineRecord(identity_, place_, sealer_.Seal(place_, body).value());
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->body, "last") << "of item 3";
  EXPECT_TRUE(opened->alone);
}

TEST_F(SealedRecord, HidesItsLengthInBlocks) {
  EXPECT_EQ(Sealed("").size(), 57u + 256);
  EXPECT_EQ(Sealed(std::string(245, 'x')).size(), 57u + 256);  // 8 + 2 + 245 + 1 = 256
  EXPECT_EQ(Sealed(std::string(246, 'x')).size(), 57u + 512);
  const auto second = [&](std::size_t size) {
    return sealer_.Seal(place_, Sealable("{}", std::string(size, 'x'), "{ }")).value().size();
  };
  EXPECT_EQ(second(237), 57u + 256);  // 1 + 12 + 2 + 3 + 237 + 1 = 256
  EXPECT_EQ(second(238), 57u + 512);
}

TEST_F(SealedRecord, NeverHoldsTheBodyInClear) {
  EXPECT_EQ(Sealed("a body in clear").find("a body"), std::string::npos);
}

TEST_F(SealedRecord, UsesNoCounterAndNoSetupTwice) {
  std::set<std::string> heads;  // enc and counter
  Sealer other = Sealer::Make(crypto::X25519PublicOf(identity_)).value();
  for (int i = 0; i < 100; ++i) {
    heads.insert(Sealed().substr(0, 41));
    heads.insert(other.Seal(place_, Sealable("{}", "")).value().substr(0, 41));
  }
  EXPECT_EQ(heads.size(), 200u);
}

TEST_F(SealedRecord, ManyAreOpenedByOneWhicheverSetupTheyHave) {
  Sealer other = Sealer::Make(crypto::X25519PublicOf(identity_)).value();
  Sealer strange = Sealer::Make(crypto::X25519PublicOf(crypto::RandomSecret(32))).value();
  Opener opener(identity_);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(opener.Open(place_, Sealed("one"))->body, "one");
    EXPECT_EQ(opener.Open(place_, Sealed("two"))->body, "two");
    EXPECT_EQ(opener.Open(place_, other.Seal(place_, Sealable("{}", "three")).value())->body,
              "three");
    EXPECT_FALSE(opener.Open(place_, strange.Seal(place_, Sealable("{}", "four")).value()).ok());
  }
}

TEST_F(SealedRecord, OpensOnlyWhereItBelongs) {
  const std::string record = Sealed();
  EXPECT_TRUE(Opens(place_, record));
  EXPECT_FALSE(Opens({"other", "message-1", 1767323045000, 3}, record));
  EXPECT_FALSE(Opens({"logins", "message-2", 1767323045000, 3}, record));
  EXPECT_FALSE(Opens({"logins", "message-1", 1767323045001, 3}, record));
  EXPECT_FALSE(Opens({"logins", "message-1", 1767323045000, 4}, record));
}

TEST_F(SealedRecord, IsRefusedWhenAnyByteIsFlipped) {
  std::string record = Sealed();
  for (char& c : record) {
    c = static_cast<char>(c ^ 1);
    EXPECT_FALSE(Opens(place_, record));
    c = static_cast<char>(c ^ 1);
  }
}

TEST_F(SealedRecord, IsRefusedWhenItIsCut) {
  const std::string record = Sealed();
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(Opens(place_, std::string_view(record).substr(0, size))) << size;
  }
}

TEST_F(SealedRecord, IsRefusedByAnotherIdentity) {
  EXPECT_FALSE(OpenQuarantineRecord(crypto::RandomSecret(32), place_, Sealed()).ok());
}

TEST_F(SealedRecord, TakesNoAmbiguousPlace) {
  const std::string_view nul("a\0b", 3);
  EXPECT_FALSE(sealer_.Seal({nul, "m", 0, 0}, Sealable("{}", "")).ok());
  EXPECT_FALSE(sealer_.Seal({"p", nul, 0, 0}, Sealable("{}", "")).ok());
}

TEST(Sealer, RefusesARecipientThatIsNoKey) { EXPECT_FALSE(Sealer::Make({}).ok()); }

// Authentic, but by someone who does not keep to the format.
TEST(OpenRecord, RefusesWhatIsNotWellFormed) {
  const crypto::SecretBytes dek = crypto::RandomSecret(32);
  const RecordPlace place{"", "", 0, 0};
  using std::string_literals::operator""s;
  const std::string associated = "quarantine\0\0\0"s + std::string(8, '\0') + "\0"s + "\0\0\0\0"s;
  const struct {
    std::string plain;
    bool good;
  } cases[] = {
      {"\0\0\0\2{}\0\0\0\1x\x80"s, true},
      {"\0\0\0\2{}\0\0\0\1x\x80\0\0\0"s, true},
      {""s, false},
      {"\0\0\0\0"s, false},                  // No 0x80 at all.
      {"\0\0\0\2{}\0\0\0\1x"s, false},       // Nor here.
      {"\0\0\0\2{}\0\0\0\1x\x80z"s, false},  // Not the last.
      {"\0\0\0\2{}\0\0\0\2x\x80"s, false},   // A length past the end.
      {"\xff\xff\xff\xff{}\x80"s, false},    // So far past that a sum would wrap.
      {"\0\0\0\2{}\0\0\x80"s, false},        // Half a length.
      {"\0\0\0\2{}\0\0\0\1xy\x80"s, false},  // More than the lengths say.
  };
  for (const auto& c : cases) {
    std::string sealed(c.plain.size() + crypto::kAeadTag, '\0');
    crypto::ChaChaSeal(dek, {}, associated,
                       {reinterpret_cast<const unsigned char*>(c.plain.data()), c.plain.size()},
                       {reinterpret_cast<unsigned char*>(sealed.data()), sealed.size()});
    EXPECT_EQ(OpenRecord(dek, {1, {}, 0, sealed}, place).has_value(), c.good) << c.plain.size();
    EXPECT_FALSE(OpenRecord(dek, {2, {}, 0, sealed}, place)) << "the version is authentic, too";
  }
}

TEST(OpenRecord, RefusesWhatIsNotWellFormedInVersion2) {
  const crypto::SecretBytes dek = crypto::RandomSecret(32);
  using std::string_literals::operator""s;
  const std::string associated = "quarantine-2\0\0\0"s + std::string(8, '\0') + "\0"s + "\0\0\0\0"s;
  const struct {
    std::string plain;
    bool good;
  } cases[] = {
      {"\0\0\0\0\2{}\0\0\0\2{}\0\0\0\1x\x80"s, true},
      {"\1\0\0\0\2{}\0\0\0\2{}\0\0\0\1x\x80\0"s, true},
      {"\2\0\0\0\2{}\0\0\0\2{}\0\0\0\1x\x80"s, false},  // Neither whole nor alone.
      {"\xff\0\0\0\2{}\0\0\0\2{}\0\0\0\1x\x80"s, false},
      {"\x80"s, false},
      {"\0\0\0\0\2{}\0\0\0\1x\x80"s, false},             // A text is missing.
      {"\0\0\0\0\2{}\0\0\0\2{}\0\0\0\1xy\x80"s, false},  // More than the lengths say.
  };
  for (const auto& c : cases) {
    std::string sealed(c.plain.size() + crypto::kAeadTag, '\0');
    crypto::ChaChaSeal(dek, {}, associated,
                       {reinterpret_cast<const unsigned char*>(c.plain.data()), c.plain.size()},
                       {reinterpret_cast<unsigned char*>(sealed.data()), sealed.size()});
    EXPECT_EQ(OpenRecord(dek, {2, {}, 0, sealed}, {"", "", 0, 0}).has_value(), c.good);
  }
}

TEST(SplitRecord, RefusesAnotherVersion) {
  std::string record =
      SealRecord(crypto::RandomSecret(32), {}, 0, {"p", "m", 0, 0}, {"{}", "body"});
  EXPECT_TRUE(SplitRecord(record));
  for (const char version : {'\0', '\3', '\xff'}) {
    record[0] = version;
    EXPECT_FALSE(SplitRecord(record));
  }
}

}  // namespace
}  // namespace bauta::sealing
