#include "aws/kms_answer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/bytes.h"

namespace bauta::aws {
namespace {

TEST(KmsAnswer, IsReadAndWiped) {
  std::string body =
      R"( {"CiphertextBlob":"AQID","Plaintext" : "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" ,)"
      R"("KeyId":"arn:aws:kms:eu-west-1:111122223333:key/1","New":{"a":[1]}})";
  const Result<KmsAnswer> answer = ReadKmsAnswer(body);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->ciphertext_blob, "\x01\x02\x03");
  EXPECT_EQ(answer->key_id, "arn:aws:kms:eu-west-1:111122223333:key/1");
  ASSERT_TRUE(answer->plaintext);
  EXPECT_EQ(answer->plaintext->size(), 32u);
  EXPECT_EQ(AsText(answer->plaintext->bytes()).substr(0, 4), std::string_view("\0\1\2\3", 4));
  EXPECT_TRUE(body.empty());
}

TEST(KmsAnswer, IsRefusedIfItIsNone) {
  const std::vector<std::string> cases = {"",
                                          "[]",
                                          "<html>",
                                          R"({"Plaintext":)",
                                          R"({"Plaintext":12})",
                                          R"({"Plaintext":"AAE"})",
                                          R"({"Plaintext":null})",
                                          R"({"CiphertextBlob":"AQI"})",
                                          R"({"KeyId":{}})"};
  for (std::string body : cases) {
    const std::string was = body;
    const Result<KmsAnswer> answer = ReadKmsAnswer(body);
    ASSERT_FALSE(answer.ok()) << was;
    EXPECT_EQ(answer.error().code, ErrorCode::kConfig);
  }
}

}  // namespace
}  // namespace bauta::aws
