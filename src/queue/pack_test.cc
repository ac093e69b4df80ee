#include "queue/pack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bauta::queue {
namespace {

TEST(Pack, IsReadAgain) {
  const std::vector<std::string> cases[] = {
      {}, {""}, {"a", "", std::string("\0\xff", 2)}, {std::string(70'000, 'x'), "b"}};
  for (const std::vector<std::string>& texts : cases) {
    std::string bytes;
    for (const std::string& text : texts) Pack(bytes, text);
    EXPECT_EQ(Unpack(bytes), texts);
  }
}

TEST(Pack, IsRefusedInPart) {
  std::string bytes;
  Pack(bytes, "a");
  const std::size_t whole = bytes.size();
  Pack(bytes, "bcd");
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_EQ(Unpack(std::string_view(bytes).substr(0, size)).has_value(), size == whole) << size;
  }
  EXPECT_FALSE(
      Unpack("\xff\xff\xff\xff"
             "a"));
}

}  // namespace
}  // namespace bauta::queue
