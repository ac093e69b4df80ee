// Where requests and URLs say that a queue is.  Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace bauta::queue {

// What a queue's URL tells; the views are into it, and empty where it is silent.
//
//   http://HOST/ACCOUNT/NAME            NAME                  http://HOST/queue/REGION/ACCOUNT/NAME
//   http://sqs.REGION.HOST/ACCOUNT/NAME                       http://REGION.queue.HOST/ACCOUNT/NAME
struct QueueAddress {
  std::string_view account, region, name;
};
QueueAddress ParseQueueUrl(std::string_view url);
// The region in a host's name, as above.
std::string_view RegionOfHost(std::string_view host);

// Whom a request is signed for: the scope of a SigV4 credential in the Authorization header or,
// presigned, in the URL.  Empty where it is silent.
struct Scope {
  std::string_view key_id, region;
};
Scope ParseScope(std::string_view authorization, std::string_view target);

bool IsAccount(std::string_view text);  // 12 digits.
bool IsRegion(std::string_view text);   // "us-east-1", "us-gov-west-1".

}  // namespace bauta::queue
