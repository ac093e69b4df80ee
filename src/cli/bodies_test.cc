#include "cli/bodies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>

namespace bauta::cli {
namespace {

using testing::ElementsAre;

TEST(Bodies, AnArrayGivesItsElements) {
  const auto bodies = ParseBodies(
      " [ {\"a\" : 1.0, \"b\":[ 12345678901234567890 ]},\n \"as { it is\", 5, null ]\n", "f");
  ASSERT_TRUE(bodies.ok());
  EXPECT_THAT(*bodies,
              ElementsAre("{\"a\":1.0,\"b\":[12345678901234567890]}", "as { it is", "5", "null"));
}

TEST(Bodies, AnythingElseIsReadByLine) {
  const auto bodies = ParseBodies("{\"a\": 1}\r\n\n\"x\\u00e9\"\n[1, 2]", "f");
  ASSERT_TRUE(bodies.ok());
  EXPECT_THAT(*bodies, ElementsAre("{\"a\":1}", "x\xc3\xa9", "[1,2]"));
  EXPECT_TRUE(ParseBodies("", "f")->empty());
  EXPECT_TRUE(ParseBodies("[]", "f")->empty());
}

TEST(Bodies, SaysWhichLineIsNoJsonAndNotWhatItHolds) {
  const auto bodies = ParseBodies("{}\nsecret\n", "f.ndjson");
  ASSERT_FALSE(bodies.ok());
  EXPECT_EQ(bodies.error().message, "f.ndjson:2: not JSON");
}

TEST(Bodies, ReadsFoldersInOrderAndGzip) {
  std::string folder = testing::TempDir() + "bodiesXXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  std::ofstream(folder + "/b.json") << "[1,2]";
  std::ofstream(folder + "/.hidden") << "no json";
  std::filesystem::create_symlink("nowhere", folder + "/link");
  const gzFile zipped = gzopen((folder + "/a.json.gz").c_str(), "wb");
  gzputs(zipped, "\"first\"\n");
  gzclose(zipped);
  const auto bodies = ReadBodies(folder);
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(bodies.ok());
  EXPECT_THAT(*bodies, ElementsAre("first", "1", "2"));
  EXPECT_EQ(ReadBodies(folder).error().code, ErrorCode::kRejected);
}

}  // namespace
}  // namespace bauta::cli
