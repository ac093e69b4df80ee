// Answers in the JSON protocol.  Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "queue/calls.h"
#include "queue/failure.h"

namespace bauta::queue {

std::string ErrorJson(const Failure& failure);
std::string QueueUrlJson(std::string_view url);
std::string TaskHandleJson(std::string_view handle);
std::string MovedJson(std::uint64_t moved);
std::string ToJson(const std::vector<MoveTask>& tasks);
std::string ToJson(const Unit& nothing);
std::string ToJson(const SentMessage& sent);
std::string ToJson(const Batch<SentMessage>& batch);
std::string ToJson(const Batch<Unit>& batch);
// `key` is absent where there is nothing to list.
Outcome<std::string> PageJson(std::string_view key, const Outcome<QueuePage>& page);
Outcome<std::string> AttributesJson(const Outcome<Attributes>& attributes);
Outcome<std::string> TagsJson(const Outcome<Attributes>& tags);
// With the attributes that the two lists of names ask for.
std::string MessagesJson(const std::vector<Received>& messages,
                         const std::vector<std::string>& system_names,
                         const std::vector<std::string>& attribute_names,
                         const std::string& sender);

}  // namespace bauta::queue
