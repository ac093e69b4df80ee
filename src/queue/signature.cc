#include "queue/signature.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "queue/digest.h"

namespace bauta::queue {
namespace {

constexpr std::int64_t kSkew = 300;  // Seconds.
constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::vector<std::string_view> SplitAt(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string Hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), sum.data(), &size);
  return {reinterpret_cast<const char*>(sum.data()), size};
}

std::string PercentEncode(std::string_view text, std::string_view besides) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || c == '.' || c == '~' ||
                       besides.find(c) != std::string_view::npos;
    if (plain) {
      out += c;
      continue;
    }
    static constexpr std::string_view kDigits = "0123456789ABCDEF";
    out += '%';
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string PercentDecode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' ? HexDecode(text.substr(i + 1, 2)) : std::nullopt;
    if (byte && byte->size() == 1) i += 2;
    out += byte && byte->size() == 1 ? (*byte)[0] : text[i];
  }
  return out;
}

// What the header or the URL says of the signature.
struct Claim {
  std::string credential, signed_headers, signature, time;
  std::optional<std::int64_t> expires;  // Seconds; of a presigned URL.
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs QueryPairs(std::string_view target) {
  Pairs pairs;
  const std::size_t question = target.find('?');
  if (question == std::string_view::npos || question + 1 == target.size()) return pairs;
  for (const std::string_view pair : SplitAt(target.substr(question + 1), '&')) {
    const std::size_t equals = std::min(pair.find('='), pair.size());
    pairs.emplace_back(PercentDecode(pair.substr(0, equals)),
                       PercentDecode(pair.substr(std::min(equals + 1, pair.size()))));
  }
  return pairs;
}

std::string Value(const Pairs& pairs, std::string_view name) {
  const auto found = std::find_if(pairs.begin(), pairs.end(),
                                  [&](const auto& pair) { return pair.first == name; });
  return found == pairs.end() ? std::string() : found->second;
}

// "AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=..."
Claim FromHeader(std::string_view authorization, std::string_view time) {
  Claim claim{.credential = {},
              .signed_headers = {},
              .signature = {},
              .time = std::string(time),
              .expires = {}};
  authorization.remove_prefix(std::min(kAlgorithm.size(), authorization.size()));
  for (std::string_view part : SplitAt(authorization, ',')) {
    part = TrimAscii(part);
    const std::size_t equals = std::min(part.find('='), part.size());
    const std::string_view name = part.substr(0, equals);
    const std::string value(part.substr(std::min(equals + 1, part.size())));
    if (name == "Credential") claim.credential = value;
    if (name == "SignedHeaders") claim.signed_headers = value;
    if (name == "Signature") claim.signature = value;
  }
  return claim;
}

Claim FromUrl(const Pairs& pairs) {
  return {.credential = Value(pairs, "X-Amz-Credential"),
          .signed_headers = Value(pairs, "X-Amz-SignedHeaders"),
          .signature = Value(pairs, "X-Amz-Signature"),
          .time = Value(pairs, "X-Amz-Date"),
          .expires = std::atoll(Value(pairs, "X-Amz-Expires").c_str())};
}

// "20261121T070000Z"
std::optional<std::int64_t> Seconds(const std::string& time) {
  std::tm tm{};
  const char* end = time.size() == 16 ? strptime(time.c_str(), "%Y%m%dT%H%M%SZ", &tm) : nullptr;
  if (end == nullptr || *end != '\0') return std::nullopt;
  return timegm(&tm);
}

std::string CanonicalQuery(Pairs pairs) {
  std::erase_if(pairs, [](const auto& pair) { return pair.first == "X-Amz-Signature"; });
  for (auto& [name, value] : pairs) {
    name = PercentEncode(name, "");
    value = PercentEncode(value, "");
  }
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [name, value] : pairs) {
    if (!out.empty()) out += '&';
    out.append(name).append("=").append(value);
  }
  return out;
}

// Runs of blanks are one.
std::string Squeezed(std::string_view value) {
  std::string out;
  for (const char c : TrimAscii(value)) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank) out += c;
    if (blank && !out.ends_with(' ')) out += ' ';
  }
  return out;
}

std::string CanonicalRequest(const SignedRequest& request, const Pairs& query,
                             const std::string& signed_headers) {
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  std::string out(request.method);
  out += "\n" + PercentEncode(path, "/") + "\n" + CanonicalQuery(query) + "\n";
  for (const std::string_view name : SplitAt(signed_headers, ';')) {
    out += std::string(name) + ":" + Squeezed(request.header(name)) + "\n";
  }
  return out + "\n" + signed_headers + "\n" + Sha256(request.body);
}

Failure Refused(std::string_view type, std::string_view code, std::string message) {
  return {type, code, 403, std::move(message), false};
}

Failure Mismatch(std::string message) {
  return Refused("InvalidSignatureException", "SignatureDoesNotMatch", std::move(message));
}

Outcome<> CheckTime(const Claim& claim, std::int64_t now_s) {
  const std::optional<std::int64_t> signed_s = Seconds(claim.time);
  if (!signed_s) {
    return Refused("IncompleteSignatureException", "IncompleteSignature",
                   "Date must be in ISO-8601 'basic format', as X-Amz-Date.");
  }
  if (now_s > *signed_s + claim.expires.value_or(kSkew)) {
    return Mismatch("Signature expired: " + claim.time + " is too long ago.");
  }
  if (*signed_s > now_s + kSkew) {
    return Mismatch("Signature not yet current: " + claim.time + " is too far ahead.");
  }
  return Unit{};
}

}  // namespace

Result<SigningKeys> ReadSigningKeys(const std::string& file) {
  std::ifstream in(file);
  if (!in) return ConfigError("cannot read the keys in " + file);
  SigningKeys keys;
  std::string id;
  std::string secret;
  for (std::string line; std::getline(in, line);) {
    const std::size_t equals = std::min(line.find('='), line.size());
    const std::string_view name = TrimAscii(std::string_view(line).substr(0, equals));
    const std::string value(
        TrimAscii(std::string_view(line).substr(std::min(equals + 1, line.size()))));
    if (name.starts_with('[')) id = secret = "";
    if (name == "aws_access_key_id") id = value;
    if (name == "aws_secret_access_key") secret = value;
    if (!id.empty() && !secret.empty()) keys[id] = secret;
  }
  if (!keys.empty()) return keys;
  return ConfigError("no keys in " + file,
                     "write aws_access_key_id = ID and aws_secret_access_key = SECRET, as in a "
                     "credentials file");
}

Outcome<> CheckSignature(const SignedRequest& request, const SigningKeys& keys,
                         std::int64_t now_s) {
  const std::string_view authorization = request.header("Authorization");
  const Pairs query = QueryPairs(request.target);
  const bool presigned = authorization.empty();
  if (presigned && Value(query, "X-Amz-Signature").empty()) {
    return Refused("MissingAuthenticationTokenException", "MissingAuthenticationToken",
                   "Request is missing Authentication Token");
  }
  const Claim claim =
      presigned ? FromUrl(query) : FromHeader(authorization, request.header("X-Amz-Date"));
  const std::vector<std::string_view> scope = SplitAt(claim.credential, '/');
  if (scope.size() != 5 || claim.signed_headers.empty() || claim.signature.empty()) {
    return Refused("IncompleteSignatureException", "IncompleteSignature",
                   "The signature needs Credential, SignedHeaders and Signature.");
  }
  const auto key = keys.find(scope[0]);
  if (key == keys.end()) {
    return Refused("UnrecognizedClientException", "InvalidClientTokenId",
                   "The security token included in the request is invalid.");
  }
  OR_FAIL(CheckTime(claim, now_s));
  if (scope[3] != "sqs" || !claim.time.starts_with(scope[1])) {
    return Mismatch("Credential should be scoped to correct service: 'sqs'.");
  }
  std::string secret = "AWS4" + key->second;
  for (std::size_t i = 1; i < scope.size(); ++i) secret = Hmac(secret, scope[i]);
  const std::string_view rest = std::string_view(claim.credential).substr(scope[0].size() + 1);
  const std::string to_sign =
      std::string(kAlgorithm) + "\n" + claim.time + "\n" + std::string(rest) + "\n" +
      Sha256(std::string_view(CanonicalRequest(request, query, claim.signed_headers)));
  const std::string signature = HexEncode(Hmac(secret, to_sign));
  const bool same = signature.size() == claim.signature.size() &&
                    CRYPTO_memcmp(signature.data(), claim.signature.data(), signature.size()) == 0;
  if (same) return Unit{};
  return Mismatch(
      "The request signature we calculated does not match the signature you provided. Check your "
      "AWS Secret Access Key and signing method. Consult the service documentation for details.");
}

}  // namespace bauta::queue
