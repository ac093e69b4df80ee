#include "cli/kms.h"

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <utility>

#include "aws/environment.h"
#include "aws/kms.h"
#include "base/bytes.h"
#include "base/text.h"

namespace bauta::cli {
namespace {

// The client, and what it unwrapped.
struct Asked {
  aws::KmsClient client{aws::SystemEnvironment()};
  std::map<std::string, crypto::SecretBytes> keys;  // By all that KMS is told.
};

std::string NameOf(const keys::Wrapping& wrapping) {
  return wrapping.key_id + ' ' + JsonObject(wrapping.context) + wrapping.blob;
}

}  // namespace

keys::Unwrap UnwrapByKms() {
  const auto asked = std::make_shared<Asked>();
  return [asked](const keys::Wrapping& wrapping) -> Result<crypto::SecretBytes> {
    const std::string name = NameOf(wrapping);
    auto known = asked->keys.find(name);
    if (known == asked->keys.end()) {
      crypto::SecretBytes key =
          TRY(asked->client.Decrypt(wrapping.key_id, wrapping.blob, wrapping.context));
      known = asked->keys.emplace(name, std::move(key)).first;
    }
    return crypto::SecretBytes::CopyOf(AsText(known->second.bytes()));
  };
}

keys::MakeWrapped WrapByKms(const std::string& key_id) {
  if (key_id.empty()) return {};
  const auto client = std::make_shared<aws::KmsClient>(aws::SystemEnvironment());
  return [client, key_id](const keys::WrapContext& context) -> Result<keys::WrappedKey> {
    aws::DataKey made = TRY(client->GenerateDataKey(key_id, context));
    return keys::WrappedKey{std::move(made.plaintext),
                            {std::move(made.key_id), std::move(made.ciphertext_blob), context}};
  };
}

CLI::Option* AddKmsFlag(CLI::App& command, std::string& key_id) {
  return command
      .add_option("--kms", key_id,
                  "AWS KMS wraps the token key with this key: its id, ARN or alias")
      ->type_name("KEY");
}

CLI::Option* AddIdentityKmsFlag(CLI::App& command, std::string& key_id) {
  return command
      .add_option(
          "--identity-kms", key_id,
          "AWS KMS wraps identities with this key instead of a passphrase; another one than "
          "token keys have")
      ->type_name("KEY");
}

}  // namespace bauta::cli
