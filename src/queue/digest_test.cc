#include "queue/digest.h"

#include <gtest/gtest.h>

namespace bauta::queue {
namespace {

TEST(Md5, IsWhatAwsComputes) {
  EXPECT_EQ(Md5(std::string_view("hello")), "5d41402abc4b2a76b9719d911017c592");
  EXPECT_EQ(Md5(MessageAttributes{}), "");
  EXPECT_EQ(Md5(MessageAttributes{{"Foo", {"String", "Bar"}}}), "ae7155c6026991b6d54b11589678bf9c");
  EXPECT_EQ(Md5(MessageAttributes{{"Hello", {"String", "There"}},
                                  {"General", {"String", "Kenobi"}},
                                  {"Help.Me", {"String", "Me"}}}),
            "4c360f3fdafd970e05fae2f149d997f5");
  // As moto answered boto3; with a Number and a Binary.
  EXPECT_EQ(Md5(MessageAttributes{{"type", {"String", "login"}},
                                  {"n", {"Number", "42"}},
                                  {"b", {"Binary", std::string("\0\1\xff", 3)}}}),
            "3e50a187a1b9b9be367ddfe138c39288");
}

}  // namespace
}  // namespace bauta::queue
