// The calls of AWS's Key Management Service that Bauta makes: a key that never leaves KMS wraps
// keys of ours.
#pragma once

#include <memory>
#include <string>

#include "aws/clock_skew.h"
#include "aws/credentials_keeper.h"
#include "aws/endpoint.h"
#include "aws/environment.h"
#include "aws/kms_error.h"
#include "aws/outside.h"
#include "aws/retry.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/secret_bytes.h"
#include "http/client.h"

namespace bauta::aws {

struct DataKey {
  crypto::SecretBytes plaintext;  // 32 bytes.
  std::string ciphertext_blob;    // The same, wrapped.
  std::string key_id;             // The ARN of the KMS key that wrapped it.
};

// Blocks; one thread at a time.  A call is tried three times, and signed by KMS's clock if ours is
// minutes off.  Plaintext is in locked memory as soon as it is ours: libcurl and OpenSSL have had
// it in theirs.
//
// kRetryable: network, 5xx, throttling.  kConfig: what a person must mend, and how.
class KmsClient {
 public:
  explicit KmsClient(Environment environment, const Clock& clock = SystemClock());

  // A new random key, wrapped by the KMS key of that id, ARN or alias.
  Result<DataKey> GenerateDataKey(const std::string& key_id, const EncryptionContext& context);
  // The plaintext of what that KMS key wrapped in that context.
  Result<crypto::SecretBytes> Decrypt(const std::string& key_id, const std::string& ciphertext_blob,
                                      const EncryptionContext& context);

 private:
  struct Call {
    KmsAsked asked;
    std::string body;
  };
  Result<Endpoint> Prepare(const std::string& key_id);
  Result<std::string> Send(const Call& call);
  Result<std::string> Once(const Call& call);
  http::ClientRequest Signed(const Call& call) const;
  Error Failure(const Call& call, const http::ClientResponse& response);

  const Environment environment_;
  const Clock& clock_;
  Outside outside_;
  RetryQuota quota_;
  ClockSkew skew_;
  std::unique_ptr<CredentialsKeeper> keeper_;  // Made by the first call.
};

}  // namespace bauta::aws
