#include "http/transfer.h"

#include <curl/curl.h>

#include <cstdlib>
#include <string_view>
#include <utility>

namespace bauta::http {
namespace {

std::string HostOf(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  const std::size_t user = url.rfind('@');
  return std::string(user == std::string_view::npos ? url : url.substr(user + 1));
}

bool IsLoopback(std::string_view host) {
  return host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]");
}

// The proxy to name to libcurl: "" is none, null what it finds in the environment by itself.  That
// leaves out HTTP_PROXY, which a CGI script's client could set, and the AWS tools take.
const char* ProxyFor(std::string_view url, bool direct) {
  // A proxy of the environment cannot reach our own loopback.
  if (direct || IsLoopback(HostOf(url))) return "";
  if (!url.starts_with("http://") || std::getenv("http_proxy") != nullptr ||
      std::getenv("REQUEST_METHOD") != nullptr) {
    return nullptr;
  }
  return std::getenv("HTTP_PROXY");
}

// The value, if `line` is the header `name`.
bool TakeHeader(std::string_view line, std::string_view name, std::string& value) {
  if (line.size() <= name.size() || line[name.size()] != ':' ||
      curl_strnequal(line.data(), name.data(), name.size()) == 0) {
    return false;
  }
  line.remove_prefix(name.size() + 1);
  const std::size_t first = line.find_first_not_of(" \t\r\n");
  const std::size_t last = line.find_last_not_of(" \t\r\n");
  value = first == std::string_view::npos ? "" : line.substr(first, last - first + 1);
  return true;
}

}  // namespace

Transfer::Transfer(const Client::Options& options)
    : easy_(curl_easy_init()), max_response_(options.max_response) {
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(options.connect_timeout.count()));
  // A name that moves to another address, as after a failover, is followed within minutes even
  // where the old address still answers; a connection that died makes for a new look-up at once.
  curl_easy_setopt(easy_, CURLOPT_DNS_CACHE_TIMEOUT, static_cast<long>(options.dns_cache.count()));
  curl_easy_setopt(easy_, CURLOPT_MAXLIFETIME_CONN,
                   static_cast<long>(options.connection_life.count()));
  curl_easy_setopt(easy_, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPIDLE, 15L);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPINTVL, 5L);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  if (!options.ca_file.empty()) curl_easy_setopt(easy_, CURLOPT_CAINFO, options.ca_file.c_str());
}

Transfer::~Transfer() {
  curl_easy_cleanup(easy_);
  curl_slist_free_all(static_cast<curl_slist*>(headers_));
}

void Transfer::Prepare(ClientRequest request, Client::Callback done) {
  too_long_ = false;
  done_ = std::move(done);
  SetUrl(std::move(request.url), request.direct);
  SetHeaders(request.headers);
  SetBody(request.method, std::move(request.body));
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
}

Result<ClientResponse> Transfer::Finish(int code) {
  ClientResponse response = std::exchange(response_, {});
  if (code != CURLE_OK) return ToError(code);
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &response.status);
  return response;
}

Client::Callback Transfer::TakeCallback() { return std::exchange(done_, nullptr); }

std::size_t Transfer::OnBody(const char* data, std::size_t, std::size_t n, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  std::string& body = transfer.response_.body;
  if (body.size() + n > transfer.max_response_) {
    transfer.too_long_ = true;
    return 0;
  }
  if (body.empty()) body.reserve(8192);
  body.append(data, n);
  return n;
}

std::size_t Transfer::OnHeader(const char* data, std::size_t, std::size_t n, void* user) {
  ClientResponse& response = static_cast<Transfer*>(user)->response_;
  const std::string_view line(data, n);
  switch (line.empty() ? '\0' : line.front() | 0x20) {
    case 'd':
      TakeHeader(line, "date", response.date);
      break;
    case 'l':
      TakeHeader(line, "location", response.location);
      break;
    case 'x':
      if (!TakeHeader(line, "x-amzn-query-error", response.amzn_query_error)) {
        TakeHeader(line, "x-amz-retry-after", response.retry_after);
      }
      break;
    default:
      break;
  }
  return n;
}

void Transfer::SetUrl(std::string url, bool direct) {
  if (url_ == url && direct_ == direct) return;
  url_ = std::move(url);
  direct_ = direct;
  curl_easy_setopt(easy_, CURLOPT_URL, url_.c_str());
  curl_easy_setopt(easy_, CURLOPT_PROXY, ProxyFor(url_, direct_));
}

void Transfer::SetHeaders(const std::vector<std::string>& headers) {
  curl_slist* list = curl_slist_append(nullptr, "Expect:");
  for (const std::string& header : headers) list = curl_slist_append(list, header.c_str());
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, list);
  curl_slist_free_all(static_cast<curl_slist*>(std::exchange(headers_, list)));
}

void Transfer::SetBody(Method method, std::string body) {
  body_ = std::move(body);
  // The name alone, so that a PUT's body goes the way of a POST's.
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, method == Method::kPut ? "PUT" : nullptr);
  if (method == Method::kGet) {
    curl_easy_setopt(easy_, CURLOPT_HTTPGET, 1L);
    return;
  }
  curl_easy_setopt(easy_, CURLOPT_POST, 1L);
  curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
  curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, body_.data());
}

Error Transfer::ToError(int code) const {
  const std::string host = HostOf(url_);
  if (too_long_) return Retryable(host + ": the answer is too long");
  const bool is_http = url_.starts_with("http://") || url_.starts_with("https://");
  if (is_http && code == CURLE_UNSUPPORTED_PROTOCOL) {
    return Retryable(host + ": what answers there does not speak HTTP");
  }
  const std::string what = host + ": " + curl_easy_strerror(static_cast<CURLcode>(code));
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return ConfigError(what,
                         "AWS_CA_BUNDLE or the profile's ca_bundle names the file with the "
                         "certificates to trust");
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return ConfigError(what);
    default:
      break;
  }
  Error error = Retryable(what);
  if (code == CURLE_OPERATION_TIMEDOUT) error.trouble = Trouble::kTimeout;
  return error;
}

}  // namespace bauta::http
