#include "vault/audit_chain.h"

#include "base/bytes.h"
#include "crypto/digest.h"

namespace bauta::vault {
namespace {

void AppendField(std::string& out, const std::optional<std::string>& field) {
  if (!field) {
    out += '\0';
    return;
  }
  out += '\x01';
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(field->size() >> shift & 0xff);
  }
  out += *field;
}

}  // namespace

ChainHash HashOf(const AuditEntry& entry) {
  std::string text = "audit-v1";
  text += '\0';
  text += AsText(entry.prev_hash);
  AppendField(text, std::to_string(entry.seq));
  AppendField(text, entry.at);
  AppendField(text, entry.actor);
  AppendField(text, entry.action);
  AppendField(text, entry.token);
  AppendField(text, entry.reason);
  return crypto::Sha256(text);
}

void ChainCheck::Expect(const Anchor& anchor) {
  if (anchor.seq > 0) anchors_[anchor.seq].insert(anchor.hash);
}

void ChainCheck::Add(const AuditEntry& entry) {
  const auto found = [&](const char* kind) { problems_.insert({entry.seq, kind}); };
  if (entry.seq != last_.seq + 1) found("gap");
  if (entry.prev_hash != last_.hash) found("link");
  if (entry.hash != HashOf(entry)) found("hash");
  if (const auto at = anchors_.find(entry.seq); at != anchors_.end()) {
    if (at->second != std::set{entry.hash}) found("anchor");
    anchors_.erase(at);
  }
  last_ = {entry.seq, entry.hash};
  last_at_ = entry.at;
  ++entries_;
}

void ChainCheck::End(const Anchor& head) {
  if (head.seq != last_.seq || head.hash != last_.hash) problems_.insert({head.seq, "head"});
  for (const auto& [seq, hashes] : anchors_) problems_.insert({seq, "anchor"});
  anchors_.clear();
}

}  // namespace bauta::vault
