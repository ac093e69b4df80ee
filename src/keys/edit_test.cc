#include "keys/edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "crypto/x25519.h"
#include "fakes/temp_folder.h"
#include "keys/generate.h"

namespace bauta::keys {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Content(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

class KeyRingEdited : public testing::Test {
 protected:
  KeyRingEdited() { EXPECT_TRUE(Generate(folder_.path(), {}).ok()); }

  KeyRingEdit Edit() const { return KeyRingEdit::Open(path_).value(); }
  KeyRing Loaded() const { return KeyRing::Load(path_).value(); }
  static std::string Why(const Result<>& refused) {
    return refused.ok() ? "it was done" : refused.error().message;
  }
  template <class T>
  static std::string Why(const Result<T>& refused) {
    return refused.ok() ? "it was done" : refused.error().message;
  }
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      names.push_back(entry.path().filename());
    }
    std::ranges::sort(names);
    return names;
  }

  const TempFolder folder_;
  const std::string path_ = folder_.path() + "/keyring.json";
};

TEST_F(KeyRingEdited, ChangesNothingBeforeItIsSaved) {
  const std::string before = Content(path_);
  KeyRingEdit edit = Edit();
  ASSERT_TRUE(edit.AddKey().ok());
  EXPECT_EQ(edit.Ring()->keys().size(), 2u);
  EXPECT_EQ(Content(path_), before);
  ASSERT_TRUE(edit.Save().ok());
  EXPECT_THAT(Content(path_), testing::StartsWith(before.substr(0, before.find("}}]"))))
      << "what was there is there as it was";
  EXPECT_THAT(Files(), ElementsAre("identity-q1.json", "identity-v1.json", "keyring.json"));
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(KeyRingEdited, GoesThroughTheLifeOfAKey) {
  const KeyRing first = Loaded();
  KeyRingEdit edit = Edit();
  EXPECT_EQ(edit.AddKey().value(), "k2");
  EXPECT_EQ(edit.Ring()->Find("k2")->status, KeyStatus::kDisabled);
  EXPECT_THAT(Why(edit.Disable("k1")), HasSubstr("k1 is the primary"));
  EXPECT_THAT(Why(edit.Destroy("k1")), HasSubstr("k1 is in use"));
  ASSERT_TRUE(edit.MakePrimary("k2").ok());
  EXPECT_EQ(edit.Ring()->eldest().kid, "k1");
  EXPECT_THAT(Why(edit.Destroy("k1")), HasSubstr("k1 is in use"));
  ASSERT_TRUE(edit.Disable("k1").ok());
  EXPECT_THAT(Why(edit.Disable("k1")), HasSubstr("DISABLED already"));
  ASSERT_TRUE(edit.Destroy("k1").ok());
  EXPECT_THAT(Why(edit.Destroy("k1")), HasSubstr("destroyed already"));
  EXPECT_THAT(Why(edit.MakePrimary("k1")), HasSubstr("k1 is destroyed"));
  EXPECT_THAT(Why(edit.MakePrimary("k9")), HasSubstr("no key k9"));
  ASSERT_TRUE(edit.Save().ok());

  const KeyRing ring = Loaded();
  EXPECT_EQ(ring.primary().kid, "k2");
  EXPECT_EQ(ring.Find("k1")->status, KeyStatus::kDestroyed);
  EXPECT_EQ(ring.Find("k1")->kcv, first.primary().kcv) << "it is still known which it was";
  EXPECT_EQ(ring.Find("k1")->prk.size(), 0u);
  EXPECT_THAT(Content(path_), HasSubstr(R"("material":null)"));
  EXPECT_EQ(ring.recipients().size(), 2u);
}

TEST_F(KeyRingEdited, UsesNoNameTwice) {
  KeyRingEdit edit = Edit();
  EXPECT_THAT(Why(edit.AddKey("k1")), HasSubstr("a key k1 already"));
  EXPECT_THAT(Why(edit.AddKey("K1")), HasSubstr("1 to 12 of a-z and 0-9"));
  EXPECT_EQ(edit.AddKey("k9").value(), "k9");
  EXPECT_EQ(edit.AddKey("spare").value(), "spare");
  EXPECT_EQ(edit.AddKey().value(), "k10");
}

TEST_F(KeyRingEdited, ARecipientComesWithItsIdentity) {
  KeyRingEdit edit = Edit();
  const auto made = edit.AddRecipient(Purpose::kVault, {}, nullptr).value();
  EXPECT_EQ(made.id, "v2");
  EXPECT_EQ(edit.AddRecipient(Purpose::kQuarantine, {}, nullptr)->id, "q2");
  EXPECT_THAT(Why(edit.AddRecipient(Purpose::kVault, "v1", nullptr)), HasSubstr("v1 already"));
  EXPECT_THAT(Why(edit.AddRecipient(Purpose::kVault, "v 3", nullptr)), HasSubstr("1 to 64 of"));
  ASSERT_TRUE(edit.DisableRecipient("v1").ok());
  EXPECT_THAT(Why(edit.DisableRecipient("v1")), HasSubstr("DISABLED already"));
  EXPECT_THAT(Why(edit.DisableRecipient("v7")), HasSubstr("no recipient v7"));
  ASSERT_TRUE(edit.Save().ok());

  const std::string identity = folder_.path() + "/identity-v2.json";
  ASSERT_TRUE(WriteNewFiles({{identity, made.identity}}).ok());
  const auto secret = OpenIdentity(identity, Purpose::kVault, {});
  ASSERT_TRUE(secret.ok()) << secret.error().message;
  const KeyRing ring = Loaded();
  EXPECT_EQ(ring.FindRecipient("v2", Purpose::kVault)->pk, crypto::X25519PublicOf(*secret));
  EXPECT_FALSE(ring.FindRecipient("v1", Purpose::kVault)->enabled);
}

TEST_F(KeyRingEdited, IsChangedByOneAtATime) {
  const KeyRingEdit one = Edit();
  EXPECT_THAT(Why(KeyRingEdit::Open(path_)), HasSubstr("being changed by somebody else"));
}

TEST_F(KeyRingEdited, MayBeOpenedAgainAfterwards) {
  { const KeyRingEdit one = Edit(); }
  KeyRingEdit two = Edit();
  ASSERT_TRUE(two.AddKey().ok());
  ASSERT_TRUE(two.Save().ok());
}

TEST_F(KeyRingEdited, WhatIsNoKeyRingIsLeftAlone) {
  const std::string identity = folder_.path() + "/identity-v1.json";
  EXPECT_THAT(Why(KeyRingEdit::Open(identity)), HasSubstr("is an identity"));
  std::ofstream(path_, std::ios::app) << "x";
  EXPECT_THAT(Why(KeyRingEdit::Open(path_)), HasSubstr("is not a JSON object"));
  ASSERT_EQ(chmod(path_.c_str(), 0640), 0);
  EXPECT_THAT(Why(KeyRingEdit::Open(path_)), HasSubstr("mode 0640"));
  EXPECT_THAT(Why(KeyRingEdit::Open(path_ + ".none")), HasSubstr("no such file"));
  const std::string link = folder_.path() + "/link.json";
  ASSERT_EQ(symlink(identity.c_str(), link.c_str()), 0);
  EXPECT_THAT(Why(KeyRingEdit::Open(link)), HasSubstr("symbolic link"));
}

TEST_F(KeyRingEdited, IsWholeIfTheFolderTakesNoNewFile) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const std::string before = Content(path_);
  KeyRingEdit edit = Edit();
  ASSERT_TRUE(edit.AddKey().ok());
  ASSERT_EQ(chmod(folder_.path().c_str(), 0500), 0);
  EXPECT_THAT(Why(edit.Save()), HasSubstr("cannot create"));
  ASSERT_EQ(chmod(folder_.path().c_str(), 0700), 0);
  EXPECT_EQ(Content(path_), before);
}

}  // namespace
}  // namespace bauta::keys
