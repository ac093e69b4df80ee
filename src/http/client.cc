#include "http/client.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <thread>
#include <utility>

namespace bauta::http {
namespace {

using Steady = std::chrono::steady_clock;

struct Transfer {
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  std::size_t max_response = 0;
  bool too_long = false;
  std::string url;  // What `easy` is set to.
  bool direct = false;
  std::string body;
  ClientResponse response;
  Client::Callback done;
};

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

std::size_t OnBody(const char* data, std::size_t, std::size_t n, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  std::string& body = transfer.response.body;
  if (body.size() + n > transfer.max_response) {
    transfer.too_long = true;
    return 0;
  }
  if (body.empty()) body.reserve(8192);
  body.append(data, n);
  return n;
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

std::size_t OnHeader(const char* data, std::size_t, std::size_t n, void* user) {
  ClientResponse& response = static_cast<Transfer*>(user)->response;
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

Error ToError(CURLcode code, const Transfer& transfer) {
  const std::string host = HostOf(transfer.url);
  if (transfer.too_long) return Retryable(host + ": the answer is too long");
  const bool is_http = transfer.url.starts_with("http://") || transfer.url.starts_with("https://");
  if (is_http && code == CURLE_UNSUPPORTED_PROTOCOL) {
    return Retryable(host + ": what answers there does not speak HTTP");
  }
  const std::string what = host + ": " + curl_easy_strerror(code);
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return ConfigError(what);
    default:
      break;
  }
  Error error = Retryable(what);
  if (code == CURLE_OPERATION_TIMEDOUT) error.trouble = Trouble::kTimeout;
  return error;
}

void GlobalInit() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(done);
}

}  // namespace

std::optional<std::chrono::sys_seconds> ParseDate(const std::string& date) {
  const std::time_t seconds = curl_getdate(date.c_str(), nullptr);
  if (seconds < 0) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

class Client::Impl {
 public:
  explicit Impl(Options options) : options_(std::move(options)) {
    GlobalInit();
    multi_ = curl_multi_init();
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 512L);
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    thread_ = std::jthread([this](std::stop_token stop) { Run(stop); });
  }

  ~Impl() {
    thread_.request_stop();
    curl_multi_wakeup(multi_);
    thread_.join();
    for (auto& [easy, transfer] : running_) {
      curl_multi_remove_handle(multi_, easy);
      Destroy(*transfer);
    }
    for (auto& transfer : idle_) Destroy(*transfer);
    curl_multi_cleanup(multi_);
  }

  void Send(ClientRequest request, Callback done) {
    if (std::this_thread::get_id() == thread_.get_id()) {
      return Start(std::move(request), std::move(done));
    }
    Post([this, request = std::move(request), done = std::move(done)]() mutable {
      Start(std::move(request), std::move(done));
    });
  }

  void Post(std::function<void()> fn) {
    if (std::this_thread::get_id() == thread_.get_id()) return local_.push_back(std::move(fn));
    {
      const std::lock_guard lock(mutex_);
      posted_.push_back(std::move(fn));
      if (posted_.size() > 1) return;  // The wake-up for the first is still on its way.
    }
    curl_multi_wakeup(multi_);
  }

  void After(std::chrono::milliseconds delay, std::function<void()> fn) {
    const Steady::time_point due = Steady::now() + delay;
    if (std::this_thread::get_id() == thread_.get_id()) {
      timers_.emplace(due, std::move(fn));
      return;
    }
    Post([this, due, fn = std::move(fn)]() mutable { timers_.emplace(due, std::move(fn)); });
  }

 private:
  static void Destroy(Transfer& transfer) {
    curl_easy_cleanup(transfer.easy);
    curl_slist_free_all(transfer.headers);
  }

  void Run(std::stop_token stop) {
    while (!stop.stop_requested()) {
      RunTimers();
      RunPosted();
      int running = 0;
      curl_multi_perform(multi_, &running);
      if (Finish()) continue;
      curl_multi_poll(multi_, nullptr, 0, UntilNextTimer(), nullptr);
    }
  }

  void RunPosted() {
    std::vector<std::function<void()>> posted;
    {
      const std::lock_guard lock(mutex_);
      posted.swap(posted_);
    }
    for (std::function<void()>& fn : posted) fn();
    while (!local_.empty()) {
      for (std::function<void()>& fn : std::exchange(local_, {})) fn();
    }
  }

  void RunTimers() {
    if (timers_.empty()) return;
    const Steady::time_point now = Steady::now();
    while (!timers_.empty() && timers_.begin()->first <= now) {
      auto node = timers_.extract(timers_.begin());
      node.mapped()();
    }
  }

  int UntilNextTimer() const {
    if (timers_.empty()) return 60'000;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - Steady::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
  }

  // True if a transfer ended: its callback may have started others.
  bool Finish() {
    bool any = false;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      any = true;
      CURL* const easy = message->easy_handle;
      const CURLcode code = message->data.result;
      curl_multi_remove_handle(multi_, easy);
      auto node = running_.extract(easy);
      Complete(std::move(node.mapped()), code);
    }
    return any;
  }

  void Complete(std::unique_ptr<Transfer> transfer, CURLcode code) {
    Result<ClientResponse> result = ToError(CURLE_OK, *transfer);
    if (code == CURLE_OK) {
      curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &transfer->response.status);
      result = std::move(transfer->response);
    } else {
      result = ToError(code, *transfer);
    }
    const Callback done = std::exchange(transfer->done, nullptr);
    transfer->response = {};
    idle_.push_back(std::move(transfer));
    done(std::move(result));
  }

  std::unique_ptr<Transfer> Idle() {
    if (!idle_.empty()) {
      std::unique_ptr<Transfer> transfer = std::move(idle_.back());
      idle_.pop_back();
      return transfer;
    }
    auto transfer = std::make_unique<Transfer>();
    transfer->easy = curl_easy_init();
    transfer->max_response = options_.max_response;
    SetUp(*transfer);
    return transfer;
  }

  void SetUp(Transfer& transfer) {
    CURL* const easy = transfer.easy;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(options_.connect_timeout.count()));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
    if (!options_.ca_file.empty()) {
      curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    }
  }

  void SetUrl(Transfer& transfer, std::string url, bool direct) {
    if (transfer.url == url && transfer.direct == direct) return;
    transfer.url = std::move(url);
    transfer.direct = direct;
    curl_easy_setopt(transfer.easy, CURLOPT_URL, transfer.url.c_str());
    // A proxy of the environment cannot reach our own loopback.
    const bool no_proxy = direct || IsLoopback(HostOf(transfer.url));
    curl_easy_setopt(transfer.easy, CURLOPT_PROXY, no_proxy ? "" : nullptr);
  }

  static void SetHeaders(Transfer& transfer, const std::vector<std::string>& headers) {
    curl_slist* list = curl_slist_append(nullptr, "Expect:");
    for (const std::string& header : headers) list = curl_slist_append(list, header.c_str());
    curl_easy_setopt(transfer.easy, CURLOPT_HTTPHEADER, list);
    curl_slist_free_all(std::exchange(transfer.headers, list));
  }

  static void SetBody(Transfer& transfer, Method method, std::string body) {
    transfer.body = std::move(body);
    // The name alone, so that a PUT's body goes the way of a POST's.
    curl_easy_setopt(transfer.easy, CURLOPT_CUSTOMREQUEST,
                     method == Method::kPut ? "PUT" : nullptr);
    if (method == Method::kGet) {
      curl_easy_setopt(transfer.easy, CURLOPT_HTTPGET, 1L);
      return;
    }
    curl_easy_setopt(transfer.easy, CURLOPT_POST, 1L);
    curl_easy_setopt(transfer.easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(transfer.body.size()));
    curl_easy_setopt(transfer.easy, CURLOPT_POSTFIELDS, transfer.body.data());
  }

  void Start(ClientRequest request, Callback done) {
    std::unique_ptr<Transfer> transfer = Idle();
    transfer->too_long = false;
    transfer->done = std::move(done);
    SetUrl(*transfer, std::move(request.url), request.direct);
    SetHeaders(*transfer, request.headers);
    SetBody(*transfer, request.method, std::move(request.body));
    curl_easy_setopt(transfer->easy, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(request.timeout.count()));
    CURL* const easy = transfer->easy;
    running_.emplace(easy, std::move(transfer));
    curl_multi_add_handle(multi_, easy);
  }

  const Options options_;
  CURLM* multi_ = nullptr;
  std::mutex mutex_;  // Guards posted_.
  std::vector<std::function<void()>> posted_;
  // The client's thread only:
  std::vector<std::function<void()>> local_;
  std::multimap<Steady::time_point, std::function<void()>> timers_;
  std::map<CURL*, std::unique_ptr<Transfer>> running_;
  std::vector<std::unique_ptr<Transfer>> idle_;
  std::jthread thread_;
};

Client::Client(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;
void Client::Send(ClientRequest request, Callback done) {
  impl_->Send(std::move(request), std::move(done));
}
void Client::Post(std::function<void()> fn) { impl_->Post(std::move(fn)); }
void Client::After(std::chrono::milliseconds delay, std::function<void()> fn) {
  impl_->After(delay, std::move(fn));
}

}  // namespace bauta::http
