#include "queue/address.h"

#include <algorithm>
#include <utility>

namespace bauta::queue {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes the last part of a path, and the slash before it, from its end.
std::string_view TakeLast(std::string_view& path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view part = slash == std::string_view::npos ? path : path.substr(slash + 1);
  path.remove_suffix(slash == std::string_view::npos ? path.size() : part.size() + 1);
  return part;
}

// The host and the path of a URL; without a scheme all is path.
std::pair<std::string_view, std::string_view> Split(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {{}, url};
  url.remove_prefix(scheme + 3);
  const std::size_t slash = std::min(url.find('/'), url.size());
  return {url.substr(0, slash), url.substr(slash)};
}

}  // namespace

bool IsRegion(std::string_view text) {
  const bool charset = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || IsDigit(c) || c == '-';
  });
  return charset && std::count(text.begin(), text.end(), '-') >= 2 && IsDigit(text.back());
}

bool IsAccount(std::string_view text) {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), IsDigit);
}

std::string_view RegionOfHost(std::string_view host) {
  const std::string_view first = host.substr(0, host.find('.'));
  if (first.size() == host.size()) return {};
  const std::string_view rest = host.substr(first.size() + 1);
  const std::string_view second = rest.substr(0, rest.find('.'));
  if (first == "sqs" && IsRegion(second)) return second;
  return second == "queue" && IsRegion(first) ? first : std::string_view();
}

QueueAddress ParseQueueUrl(std::string_view url) {
  url = url.substr(0, url.find('?'));
  while (url.ends_with('/')) url.remove_suffix(1);
  auto [host, path] = Split(url);
  QueueAddress address{.account = {}, .region = RegionOfHost(host), .name = TakeLast(path)};
  const std::string_view account = TakeLast(path);
  if (!IsAccount(account)) return address;
  address.account = account;
  const std::string_view region = TakeLast(path);
  if (IsRegion(region) && TakeLast(path) == "queue") address.region = region;
  return address;
}

namespace {

// AKID/20261121/us-east-1/sqs/aws4_request, or with %2F for the slash.
Scope ParseCredential(std::string_view text, std::string_view ends, std::string_view slash) {
  static constexpr std::string_view kCredential = "Credential=";
  const std::size_t at = text.find(kCredential);
  if (at == std::string_view::npos) return {};
  std::string_view scope = text.substr(at + kCredential.size());
  scope = scope.substr(0, scope.find_first_of(ends));
  const auto next = [&] {
    const std::string_view part = scope.substr(0, scope.find(slash));
    scope.remove_prefix(std::min(part.size() + slash.size(), scope.size()));
    return part;
  };
  const std::string_view key_id = next();
  (void)next();  // The day.
  return {key_id, next()};
}

}  // namespace

Scope ParseScope(std::string_view authorization, std::string_view target) {
  const Scope header = ParseCredential(authorization, ", ", "/");
  if (!header.key_id.empty()) return header;
  return ParseCredential(target, "&", "%2F");
}

}  // namespace bauta::queue
