#include "aws/bound_queue.h"

#include <utility>

namespace bauta::aws {
namespace {

class BoundQueue : public SqsQueue {
 public:
  BoundQueue(std::unique_ptr<SqsClient> client, std::string queue_url)
      : url_(std::move(queue_url)), client_(std::move(client)) {}

  void Receive(ReceiveOptions options, Done<std::vector<Received>> done) override {
    client_->ReceiveMessage(url_, options, std::move(done));
  }
  void Delete(std::vector<std::string> receipts, Done<std::vector<Refused>> done) override {
    client_->DeleteMessageBatch(url_, receipts, std::move(done));
  }
  void ChangeVisibility(std::vector<VisibilityChange> changes,
                        Done<std::vector<Refused>> done) override {
    client_->ChangeMessageVisibilityBatch(url_, changes, std::move(done));
  }
  void GetAttributes(Done<AttributeMap> done) override {
    client_->GetQueueAttributes(url_, std::move(done));
  }
  void After(std::chrono::milliseconds delay, std::function<void()> fn) override {
    client_->After(delay, std::move(fn));
  }

 private:
  const std::string url_;
  const std::unique_ptr<SqsClient> client_;
};

}  // namespace

std::unique_ptr<SqsQueue> BindQueue(std::unique_ptr<SqsClient> client, std::string queue_url) {
  return std::make_unique<BoundQueue>(std::move(client), std::move(queue_url));
}

}  // namespace bauta::aws
