#include "cli/identity_notes.h"

#include <gtest/gtest.h>

#include <utility>

namespace bauta::cli {
namespace {

using sources::Noted;

IdentityNotes Notes(std::string_view pipeline = "logins") {
  const keys::KeyRing ring = keys::KeyRing::ForTests();
  return IdentityNotes::Make(ring, pipeline).value();
}

// Under keys of these names.
IdentityNotes NotesUnder(const std::vector<std::string>& names) {
  std::vector<crypto::SecretBytes> keys;
  for (const std::string& name : names) {
    keys.push_back(crypto::SecretBytes::CopyOf(name + std::string(32 - name.size(), '.')));
  }
  return IdentityNotes(std::move(keys));
}

const std::vector<aws::MessageAttribute> kAttributes = {{"Kind", "String", "login"},
                                                        {"Bytes", "Binary", "AP8=", true}};
const Noted kMessage{"body", kAttributes, "group"};

TEST(IdentityNotes, AreReadBack) {
  for (const std::string id : {"00000000-0000-4000-8000-000000000001", "odd:id:"}) {
    const std::string note = Notes().Write({1'700'000'000'123, id}, kMessage).value();
    const auto first = Notes().Read(note, kMessage);
    ASSERT_TRUE(first) << note;
    EXPECT_EQ(first->sent_ms, 1'700'000'000'123);
    EXPECT_EQ(first->id, id);
  }
}

TEST(IdentityNotes, AreAboutAllThatTheSenderChose) {
  const std::string note = Notes().Write({1'700'000'000'123, "id"}, kMessage).value();
  const std::vector<aws::MessageAttribute> turned = {kAttributes[1], kAttributes[0]};
  EXPECT_TRUE(Notes().Read(note, {"body", turned, "group"})) << "their order is SQS's affair";
  const auto with = [](std::size_t i, const aws::MessageAttribute& attribute) {
    std::vector<aws::MessageAttribute> changed = kAttributes;
    changed[i] = attribute;
    return changed;
  };
  const std::vector<std::vector<aws::MessageAttribute>> others = {
      {},
      {kAttributes[0]},
      with(0, {"kind", "String", "login"}),
      with(0, {"Kind", "String.x", "login"}),
      with(0, {"Kind", "String", "logout"}),
      with(1, {"Bytes", "Binary", "AP4=", true}),
      with(1, {"Bytes", "Binary", "%", true})};
  for (std::size_t i = 0; i < others.size(); ++i) {
    EXPECT_FALSE(Notes().Read(note, {"body", others[i], "group"})) << i;
  }
  EXPECT_FALSE(Notes().Read(note, {"other body", kAttributes, "group"}));
  EXPECT_FALSE(Notes().Read(note, {"body", kAttributes, "other"}));
  EXPECT_FALSE(Notes().Read(note, {"body", kAttributes, ""}));
}

TEST(IdentityNotes, OfOthersAreNotBelieved) {
  const std::string note = Notes().Write({1'700'000'000'123, "id"}, kMessage).value();
  EXPECT_FALSE(Notes("other").Read(note, kMessage));
  for (std::size_t i = 0; i < note.size(); ++i) {
    std::string changed = note;
    changed[i] = changed[i] == '7' ? '8' : '7';
    EXPECT_FALSE(Notes().Read(changed, kMessage)) << i;
    EXPECT_FALSE(Notes().Read(note.substr(0, i), kMessage)) << i;
  }
  EXPECT_FALSE(Notes().Read(note + "x", kMessage));
  EXPECT_FALSE(Notes().Read("1:-1:" + note.substr(16), kMessage));
}

TEST(IdentityNotes, OutliveARotation) {
  const auto write = [](const IdentityNotes& notes) {
    return notes.Write({1'700'000'000'123, "id"}, kMessage).value();
  };
  const std::string before = write(NotesUnder({"k1"}));
  EXPECT_TRUE(NotesUnder({"k1", "k2"}).Read(before, kMessage));
  EXPECT_TRUE(NotesUnder({"k1"}).Read(write(NotesUnder({"k1", "k2"})), kMessage))
      << "an instance that has not got the new key yet";
  EXPECT_TRUE(NotesUnder({"k2", "k1"}).Read(before, kMessage));
  EXPECT_FALSE(NotesUnder({"k2"}).Read(before, kMessage));
}

}  // namespace
}  // namespace bauta::cli
