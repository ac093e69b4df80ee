#include "schema/registry_differences.h"

#include <gtest/gtest.h>

namespace bauta::schema {
namespace {

Registry Ring(std::vector<Registry::Key> keys, std::string primary = {}) {
  Registry registry;
  registry.keys = std::move(keys);
  registry.primary = std::move(primary);
  return registry;
}

// While keys rotate, hosts get the new ring one after the other, and the database is told first.
TEST(KeysOfARun, MayLagBehindInWhatItsPrimaryDoesNotDependOn) {
  using Keys = std::vector<Registry::Key>;
  const Registry::Key k1{"k1", "1", "ENABLED"}, k1_off{"k1", "1", "DISABLED"};
  const Registry::Key k1_gone{"k1", "1", "DESTROYED"};
  const Registry::Key k2{"k2", "2", "ENABLED"}, k2_off{"k2", "2", "DISABLED"};
  struct Case {
    const char* what;
    Keys database, ring;
    const char* primary;
    bool fits;
  };
  const Case cases[] = {
      {"as registered", {k1}, {k1}, "k1", true},
      {"added, not published yet", {k1}, {k1, k2_off}, "k1", true},
      {"published, not brought here yet", {k1, k2_off}, {k1}, "k1", true},
      {"rotated, not published", {k1, k2_off}, {k1, k2}, "k2", false},
      {"in use, not published", {k1}, {k1, k2}, "k1", false},
      {"rotated, not brought here yet", {k1, k2}, {k1, k2_off}, "k1", true},
      {"rotated, and this host never heard of it", {k1, k2}, {k1}, "k1", false},
      {"rotated", {k1, k2}, {k1, k2}, "k2", true},
      {"retired, not brought here yet", {k1_off, k2}, {k1, k2}, "k2", true},
      {"retired, and this host still makes its tokens", {k1_off, k2}, {k1, k2_off}, "k1", false},
      {"destroyed, not brought here yet", {k1_gone, k2}, {k1_off, k2}, "k2", true},
      {"a backup from before", {k1_gone, k2}, {k1}, "k1", false},
  };
  for (const Case& c : cases) {
    const Registry stored = Ring(c.database), wanted = Ring(c.ring, c.primary);
    EXPECT_EQ(!ChangedTokens(stored, wanted) && !Unregistered(stored, wanted), c.fits) << c.what;
  }
}

TEST(KeysOfAnErasure, AreAllThatMayHaveMadeRows) {
  const Registry::Key k1{"k1", "1", "ENABLED"}, k1_off{"k1", "1", "DISABLED"};
  const Registry::Key k1_gone{"k1", "1", "DESTROYED"}, k2{"k2", "2", "ENABLED"};
  struct Case {
    const char* what;
    std::vector<Registry::Key> database, ring;
    bool all;
  };
  const Case cases[] = {
      {"as registered", {k1, k2}, {k1, k2}, true},
      {"lags behind", {k1, k2}, {k1, {"k2", "2", "DISABLED"}}, true},
      {"is ahead", {k1}, {k1, k2}, true},
      {"never got the new one", {k1, k2}, {k1}, false},
      {"lost a retired one", {k1_off, k2}, {k2}, false},
      {"destroyed what the database has", {k1_off, k2}, {k1_gone, k2}, false},
      {"destroyed", {k1_gone, k2}, {k1_gone, k2}, true},
      {"never had what is destroyed", {k1_gone, k2}, {k2}, true},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(!LostKey(Ring(c.database), Ring(c.ring)), c.all) << c.what;
  }
}

TEST(KeysOfARun, NeverHaveOtherMaterial) {
  const Registry stored = Ring({{"k1", "1", "ENABLED"}, {"k2", "2", "DISABLED"}});
  std::string setting;
  EXPECT_TRUE(RefuseOtherMaterial(stored, Ring({{"k1", "1", "ENABLED"}}, "k1"), setting).ok());
  EXPECT_FALSE(RefuseOtherMaterial(
                   stored, Ring({{"k1", "1", "ENABLED"}, {"k2", "9", "DISABLED"}}, "k1"), setting)
                   .ok());
  EXPECT_EQ(setting, "keys.file");
}

}  // namespace
}  // namespace bauta::schema
