#include "aws/sigv4.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cctype>

#include "base/bytes.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/hmac.h"

namespace bauta::aws {
namespace {

bool IsUnreserved(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' ||
         c == '~' || c == '/';
}

void AppendPath(std::string& out, std::string_view path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : path) {
    if (IsUnreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
}

// Trimmed, runs of white space as one space.
void AppendValue(std::string& out, std::string_view value) {
  bool space = false, any = false;
  for (const char c : value) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      space = true;
      continue;
    }
    if (space && any) out += ' ';
    space = false;
    any = true;
    out += c;
  }
}

std::string SignedNames(std::span<const Header> headers) {
  std::string names;
  for (const Header& header : headers) {
    if (!names.empty()) names += ';';
    names += header.name;
  }
  return names;
}

}  // namespace

std::string AmzDate(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  return fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

Signer::Signer(Credentials credentials, std::string region, std::string service)
    : credentials_(std::move(credentials)),
      region_(std::move(region)),
      service_(std::move(service)) {}

void Signer::Use(Credentials credentials) {
  credentials_ = std::move(credentials);
  day_.clear();
}

void Signer::DeriveKey(std::string_view day) {
  const std::string secret = "AWS4" + credentials_.secret_access_key;
  key_ = crypto::HmacSha256(AsBytes(secret), day);
  key_ = crypto::HmacSha256(key_, region_);
  key_ = crypto::HmacSha256(key_, service_);
  key_ = crypto::HmacSha256(key_, "aws4_request");
  day_ = day;
}

std::string Signer::Authorization(std::string_view method, std::string_view path,
                                  std::span<const Header> headers, std::string_view body,
                                  std::string_view amz_date) {
  const std::string_view day = amz_date.substr(0, 8);
  if (day != day_) DeriveKey(day);
  const std::string names = SignedNames(headers);

  canonical_.assign(method);
  canonical_ += '\n';
  AppendPath(canonical_, path.empty() ? "/" : path);
  canonical_ += "\n\n";  // No query.
  for (const Header& header : headers) {
    canonical_ += header.name;
    canonical_ += ':';
    AppendValue(canonical_, header.value);
    canonical_ += '\n';
  }
  canonical_ += '\n';
  canonical_ += names;
  canonical_ += '\n';
  canonical_ += HexEncode(AsText(crypto::Sha256(body)));

  const std::string scope = fmt::format("{}/{}/{}/aws4_request", day, region_, service_);
  const std::string to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", amz_date, scope,
                                          HexEncode(AsText(crypto::Sha256(canonical_))));
  return fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                     credentials_.access_key_id, scope, names,
                     HexEncode(AsText(crypto::HmacSha256(key_, to_sign))));
}

}  // namespace bauta::aws
