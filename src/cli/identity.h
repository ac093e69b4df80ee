// The identity that opens sealed records, as commands take it.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/command.h"
#include "crypto/secret_bytes.h"
#include "keys/key_ring.h"

namespace bauta::cli {

struct OpenedIdentity {
  std::string id;  // Of the recipient whose records it opens: "q1".
  crypto::SecretBytes secret;
};

// From `file` (--identity), else BAUTA_IDENTITY.  Its passphrase, if it has one, comes from
// `passphrase_file` (its first line), else is asked on the terminal; one that AWS KMS wraps asks
// KMS.  kConfig if anything is missing or wrong; kRetryable: KMS does not answer.  Main thread.
Result<OpenedIdentity> OpenIdentity(const Context& context, const std::string& file,
                                    const std::string& passphrase_file,
                                    keys::Purpose purpose = keys::Purpose::kQuarantine);

// --identity, with `what` as its help, and --passphrase-file.
void AddIdentityFlags(CLI::App& command, std::string& file, std::string& passphrase_file,
                      const char* what = "Identity file that opens them (else BAUTA_IDENTITY)");

}  // namespace bauta::cli
