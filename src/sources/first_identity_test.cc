#include "sources/first_identity.h"

#include <gtest/gtest.h>

namespace bauta::sources {
namespace {

const std::string kOther = R"("Kind":{"StringValue":"login","DataType":"String"})";

aws::Received MakeMessage(const std::string& note) {
  aws::Received message;
  message.id = "second";
  message.sent_ms = 2000;
  message.body = "{}";
  message.group = "g";
  message.attributes =
      "{" + kOther + R"(,"Bauta.Identity":{"StringValue":")" + note + R"(","DataType":"String"}})";
  return message;
}

std::optional<FirstIdentity> Verify(std::string_view note, const Noted& message) {
  const bool same = message.body == "{}" && message.group == "g" &&
                    message.attributes.size() == 1 && message.attributes[0].name == "Kind";
  if (note != "genuine" || !same) return std::nullopt;
  return FirstIdentity{1000, "first"};
}

TEST(RestoreIdentity, GivesTheFirstBackAndHidesTheNote) {
  aws::Received message = MakeMessage("genuine");
  EXPECT_EQ(RestoreIdentity(message, Verify), IdentityNote::kGenuine);
  EXPECT_EQ(message.id, "first");
  EXPECT_EQ(message.sent_ms, 1000);
  EXPECT_EQ(message.receive_count, 2) << "the ledger is asked first";
  EXPECT_EQ(message.attributes, "{" + kOther + "}");
}

TEST(RestoreIdentity, BelievesNoOtherNote) {
  for (const bool copied : {false, true}) {
    aws::Received message = MakeMessage(copied ? "genuine" : "forged");
    if (copied) message.body = "{ }";
    EXPECT_EQ(RestoreIdentity(message, Verify), IdentityNote::kFalse);
    EXPECT_EQ(message.id, "second");
    EXPECT_EQ(message.sent_ms, 2000);
    EXPECT_EQ(message.receive_count, 1);
    EXPECT_EQ(message.attributes, "{" + kOther + "}") << "but nobody sees it";
  }
  aws::Received message = MakeMessage("genuine");
  EXPECT_EQ(RestoreIdentity(message, {}), IdentityNote::kFalse);
}

TEST(RestoreIdentity, HidesANoteInWhatItCannotRead) {
  for (const std::string note :
       {R"("Bauta.Identity":)", R"("Bauta.Identity":{"StringValue":null,"DataType":"String"}})",
        R"("Bauta.Identity":{"StringListValues":["genuine"],"DataType":"String"}})"}) {
    aws::Received message;
    message.id = "second";
    message.attributes = "{" + kOther + "," + note + "}";
    EXPECT_EQ(RestoreIdentity(message, Verify), IdentityNote::kFalse);
    EXPECT_EQ(message.id, "second");
    EXPECT_EQ(message.attributes, "{}") << "no part of it can be told from the note";
  }
}

TEST(RestoreIdentity, LeavesAllOthersAsTheyAre) {
  for (const std::string attributes :
       {"{}", R"({"Not":{"StringValue":"Bauta.Identity","DataType":"String"}})", R"({"Kind":)"}) {
    aws::Received message;
    message.attributes = attributes;
    EXPECT_EQ(RestoreIdentity(message, Verify), IdentityNote::kNone);
    EXPECT_EQ(message.attributes, attributes);
  }
}

}  // namespace
}  // namespace bauta::sources
