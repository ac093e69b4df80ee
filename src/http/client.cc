#include "http/client.h"

#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "http/transfer.h"

namespace bauta::http {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

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

// libcurl tells which sockets it waits for, and is called for those that are ready: what a pass
// costs is a matter of what happened, not of how many long polls are open.
class Client::Impl {
 public:
  // Closes both descriptors.
  Impl(Options options, int epoll, int wake)
      : options_(std::move(options)), epoll_(epoll), wake_(wake) {
    GlobalInit();
    Watch(EPOLL_CTL_ADD, wake_, EPOLLIN);
    multi_ = curl_multi_init();
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kMaxIdleConnections);
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, OnSocket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, OnTimer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    thread_ = std::jthread([this](std::stop_token stop) { Run(stop); });
  }

  ~Impl() {
    thread_.request_stop();
    Wake();
    thread_.join();
    for (auto& [easy, transfer] : running_) curl_multi_remove_handle(multi_, easy);
    running_.clear();
    idle_.clear();
    curl_multi_cleanup(multi_);
    close(wake_);
    close(epoll_);
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
    Wake();
  }

  void After(milliseconds delay, std::function<void()> fn) {
    const Steady::time_point due = Steady::now() + delay;
    if (std::this_thread::get_id() == thread_.get_id()) {
      timers_.emplace(due, std::move(fn));
      return;
    }
    Post([this, due, fn = std::move(fn)]() mutable { timers_.emplace(due, std::move(fn)); });
  }

 private:
  static constexpr long kMaxIdleConnections = 2048;  // More than anybody has in flight.

  void Run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      RunTimers();
      RunPosted();
      if (curl_due_ && *curl_due_ <= Steady::now()) {
        curl_due_.reset();
        Act(CURL_SOCKET_TIMEOUT, 0);
      }
      if (Finish()) continue;
      AwaitSockets();
    }
  }

  void AwaitSockets() {
    std::array<epoll_event, 256> events;
    const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), UntilNext());
    for (int i = 0; i < n; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.fd == wake_) {
        eventfd_t count = 0;
        eventfd_read(wake_, &count);
        continue;
      }
      const bool in = (event.events & EPOLLIN) != 0, out = (event.events & EPOLLOUT) != 0;
      const bool broken = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
      Act(event.data.fd, (in ? CURL_CSELECT_IN : 0) | (out ? CURL_CSELECT_OUT : 0) |
                             (broken ? CURL_CSELECT_ERR : 0));
    }
  }

  void Act(curl_socket_t socket, int what) {
    int running = 0;
    curl_multi_socket_action(multi_, socket, what, &running);
  }

  void Wake() const { eventfd_write(wake_, 1); }

  void Watch(int operation, int fd, std::uint32_t events) const {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    epoll_ctl(epoll_, operation, fd, &event);
  }

  static int OnSocket(CURL*, curl_socket_t fd, int what, void* user, void* known) {
    Impl& self = *static_cast<Impl*>(user);
    if (what == CURL_POLL_REMOVE) {
      self.Watch(EPOLL_CTL_DEL, fd, 0);
      return 0;
    }
    const std::uint32_t events =
        ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0u) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0u);
    self.Watch(known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, events);
    if (known == nullptr) curl_multi_assign(self.multi_, fd, user);
    return 0;
  }

  static int OnTimer(CURLM*, long timeout_ms, void* user) {
    Impl& self = *static_cast<Impl*>(user);
    self.curl_due_.reset();
    if (timeout_ms >= 0) self.curl_due_ = Steady::now() + milliseconds(timeout_ms);
    return 0;
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

  int UntilNext() const {
    Steady::time_point due = Steady::now() + std::chrono::minutes(1);
    if (!local_.empty()) return 0;
    if (!timers_.empty()) due = std::min(due, timers_.begin()->first);
    if (curl_due_) due = std::min(due, *curl_due_);
    const auto left = std::chrono::ceil<milliseconds>(due - Steady::now());
    return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
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
    Result<ClientResponse> result = transfer->Finish(code);
    const Callback done = transfer->TakeCallback();
    idle_.push_back(std::move(transfer));
    done(std::move(result));
  }

  std::unique_ptr<Transfer> Idle() {
    if (idle_.empty()) return std::make_unique<Transfer>(options_);
    std::unique_ptr<Transfer> transfer = std::move(idle_.back());
    idle_.pop_back();
    return transfer;
  }

  void Start(ClientRequest request, Callback done) {
    std::unique_ptr<Transfer> transfer = Idle();
    transfer->Prepare(std::move(request), std::move(done));
    CURL* const easy = transfer->easy();
    running_.emplace(easy, std::move(transfer));
    curl_multi_add_handle(multi_, easy);
  }

  const Options options_;
  const int epoll_, wake_;
  CURLM* multi_ = nullptr;
  std::mutex mutex_;  // Guards posted_.
  std::vector<std::function<void()>> posted_;
  // The client's thread only:
  std::vector<std::function<void()>> local_;
  std::multimap<Steady::time_point, std::function<void()>> timers_;
  std::optional<Steady::time_point> curl_due_;
  std::map<CURL*, std::unique_ptr<Transfer>> running_;
  std::vector<std::unique_ptr<Transfer>> idle_;
  std::jthread thread_;
};

Result<Client> Client::Open(Options options) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const int wake = epoll < 0 ? -1 : eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake < 0) {
    const std::string reason = std::strerror(errno);
    if (epoll >= 0) close(epoll);
    return ConfigError("cannot open what HTTP calls wait on: " + reason,
                       "let this process open more files: `ulimit -n`, LimitNOFILE of its unit");
  }
  return Client(std::make_unique<Impl>(std::move(options), epoll, wake));
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client&&) noexcept = default;
Client::~Client() = default;
void Client::Send(ClientRequest request, Callback done) {
  impl_->Send(std::move(request), std::move(done));
}
void Client::Post(std::function<void()> fn) { impl_->Post(std::move(fn)); }
void Client::After(milliseconds delay, std::function<void()> fn) {
  impl_->After(delay, std::move(fn));
}

}  // namespace bauta::http
