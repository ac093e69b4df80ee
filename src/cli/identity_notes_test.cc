#include "cli/identity_notes.h"

#include <gtest/gtest.h>

namespace bauta::cli {
namespace {

IdentityNotes Notes(std::string_view pipeline = "logins") {
  const keys::KeyRing ring = keys::KeyRing::ForTests();
  return IdentityNotes::Make(ring, pipeline).value();
}

TEST(IdentityNotes, AreReadBack) {
  for (const std::string id : {"00000000-0000-4000-8000-000000000001", "odd:id:"}) {
    const std::string note = Notes().Write({1'700'000'000'123, id}, "body");
    const auto first = Notes().Read(note, "body");
    ASSERT_TRUE(first) << note;
    EXPECT_EQ(first->sent_ms, 1'700'000'000'123);
    EXPECT_EQ(first->id, id);
  }
}

TEST(IdentityNotes, OfOthersAreNotBelieved) {
  const std::string note = Notes().Write({1'700'000'000'123, "id"}, "body");
  EXPECT_FALSE(Notes().Read(note, "other body"));
  EXPECT_FALSE(Notes("other").Read(note, "body"));
  for (std::size_t i = 0; i < note.size(); ++i) {
    std::string changed = note;
    changed[i] = changed[i] == '7' ? '8' : '7';
    EXPECT_FALSE(Notes().Read(changed, "body")) << i;
    EXPECT_FALSE(Notes().Read(note.substr(0, i), "body")) << i;
  }
  EXPECT_FALSE(Notes().Read(note + "x", "body"));
  EXPECT_FALSE(Notes().Read("1:-1:" + note.substr(16), "body"));
}

}  // namespace
}  // namespace bauta::cli
