#include "keys/key_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "fakes/temp_folder.h"

namespace bauta::keys {
namespace {

using testing::HasSubstr;

TEST(JudgeKeyFile, AsksForOwnerAndMode) {
  const struct {
    FileFacts facts;
    const char* why;  // Null: may be used.
    std::size_t warnings = 0;
  } cases[] = {
      {{}, nullptr},
      {{.mode = 0400}, nullptr},
      {{.mode = 0640}, "other users may read or change it (mode 0640)"},
      {{.mode = 0604}, "mode 0604"},
      {{.mode = 0620}, "mode 0620"},
      {{.regular = false}, "not a regular file"},
      {{.link = true}, "symbolic link"},
      {{.ours = false}, "another user"},
      {{.read_only_mount = true}, nullptr},
      {{.read_only_mount = true, .mode = 0644}, nullptr, 1},
      {{.link = true, .read_only_mount = true, .mode = 0444}, nullptr, 2},
      {{.read_only_mount = true, .ours = false}, "another user"},
      {{.regular = false, .read_only_mount = true}, "not a regular file"},
  };
  for (const auto& c : cases) {
    const Result<std::vector<std::string>> judged = JudgeKeyFile("a.json", c.facts);
    EXPECT_EQ(judged.ok(), c.why == nullptr) << (c.why == nullptr ? "" : c.why);
    if (judged.ok()) {
      EXPECT_EQ(judged->size(), c.warnings);
    } else {
      EXPECT_EQ(judged.error().code, ErrorCode::kConfig);
      EXPECT_THAT(judged.error().message, HasSubstr("a.json"));
      EXPECT_THAT(judged.error().message, HasSubstr(c.why));
      EXPECT_FALSE(judged.error().hint.empty());
    }
  }
}

TEST(FolderOf, IsWhatStandsBeforeTheName) {
  EXPECT_EQ(FolderOf("keyring.json"), ".");
  EXPECT_EQ(FolderOf("etc/keyring.json"), "etc");
  EXPECT_EQ(FolderOf("/etc/bauta/keyring.json"), "/etc/bauta");
  EXPECT_EQ(FolderOf("/keyring.json"), "/");
  EXPECT_EQ(FolderOf(""), ".");
}

TEST(PathIn, PutsAFolderBeforeTheName) {
  EXPECT_EQ(PathIn(".", "keyring.json"), "keyring.json");
  EXPECT_EQ(PathIn("etc", "keyring.json"), "etc/keyring.json");
  EXPECT_EQ(PathIn("etc/", "keyring.json"), "etc/keyring.json");
  EXPECT_EQ(PathIn("/", "keyring.json"), "/keyring.json");
}

class KeyFile : public testing::Test {
 protected:
  std::string Made(const std::string& name, std::string_view content, unsigned mode = 0600) const {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path) << content;
    EXPECT_EQ(chmod(path.c_str(), static_cast<mode_t>(mode)), 0);
    return path;
  }
  std::string Content(const std::string& path) const {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t FilesThere() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_.path()),
                      std::filesystem::directory_iterator()));
  }
  const TempFolder folder_;
};

TEST_F(KeyFile, IsReadWhole) {
  const std::string content(100'000, 'x');
  const Result<crypto::SecretBytes> read = ReadKeyFile(Made("k", content));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->size(), content.size());
}

TEST_F(KeyFile, IsRefusedWithPathReasonAndHelp) {
  const std::string good = Made("good", "x");
  ASSERT_EQ(symlink(good.c_str(), (folder_.path() + "/link").c_str()), 0);
  ASSERT_EQ(mkfifo((folder_.path() + "/fifo").c_str(), 0600), 0);
  Made("open", "x", 0644);
  Made("huge", std::string((1 << 20) + 1, 'x'));
  const struct {
    const char *name, *why;
  } cases[] = {{"link", "symbolic link"}, {"fifo", "regular file"},    {"open", "mode 0644"},
               {"huge", "larger"},        {"missing", "no such file"}, {".", "regular file"}};
  for (const auto& c : cases) {
    const std::string path = folder_.path() + "/" + c.name;
    const Result<crypto::SecretBytes> read = ReadKeyFile(path);
    ASSERT_FALSE(read.ok()) << c.name;
    EXPECT_EQ(read.error().code, ErrorCode::kConfig);
    EXPECT_THAT(read.error().message, HasSubstr(path));
    EXPECT_THAT(read.error().message, HasSubstr(c.why));
    EXPECT_FALSE(read.error().hint.empty());
  }
}

TEST_F(KeyFile, NewOnesAreForTheirOwnerOnly) {
  const std::string a = folder_.path() + "/a", b = folder_.path() + "/b";
  const mode_t before = umask(0);
  const Result<> written = WriteNewFiles({{a, "first"}, {b, "second"}});
  umask(before);
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(Content(a), "first");
  EXPECT_EQ(Content(b), "second");
  struct stat status {};
  ASSERT_EQ(stat(a.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  EXPECT_EQ(FilesThere(), 2u);  // No temporary ones are left.
}

TEST_F(KeyFile, NewOnesAreWrittenAllOrNone) {
  const std::string a = folder_.path() + "/a", old = Made("old", "keys of value");
  ASSERT_FALSE(WriteNewFiles({{a, "first"}, {old, "second"}}).ok());
  EXPECT_EQ(Content(old), "keys of value");
  EXPECT_EQ(FilesThere(), 1u);
  // Found only when it is tried, not by the look before.
  ASSERT_FALSE(WriteNewFiles({{a, "first"}, {a, "second"}}).ok());
  ASSERT_FALSE(WriteNewFiles({{a, "first"}, {folder_.path() + "/none/b", "second"}}).ok());
  EXPECT_EQ(FilesThere(), 1u);
}

TEST_F(KeyFile, ADanglingLinkIsNotFree) {
  const std::string link = folder_.path() + "/link";
  ASSERT_EQ(symlink("/nowhere", link.c_str()), 0);
  EXPECT_FALSE(CheckAllFree({link}).ok());
  EXPECT_FALSE(WriteNewFiles({{link, "x"}}).ok());
}

}  // namespace
}  // namespace bauta::keys
