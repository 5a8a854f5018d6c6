#include "core/session_registry.h"

#include <utility>

namespace enginery {

bool SessionRegistry::admit(Owner owner) {
  std::lock_guard lock(mutex_);
  return owners_.insert(owner).second;
}

SessionRegistry::SessionId SessionRegistry::add(Owner owner, std::shared_ptr<Runner> runner) {
  std::lock_guard lock(mutex_);
  if (owners_.count(owner) == 0) return 0;
  sessions_.emplace(++last_, Session{{owner}, std::move(runner)});
  return last_;
}

std::shared_ptr<Runner> SessionRegistry::attach(Owner owner, SessionId id) {
  std::lock_guard lock(mutex_);
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || owners_.count(owner) == 0) return nullptr;
  found->second.owners.insert(owner);
  return found->second.runner;
}

std::shared_ptr<Runner> SessionRegistry::find(SessionId id) {
  std::lock_guard lock(mutex_);
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second.runner;
}

SessionRegistry::Released SessionRegistry::release(Owner owner, SessionId id) {
  std::lock_guard lock(mutex_);
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return {};
  auto& owners = found->second.owners;
  const auto one = owners.find(owner);
  if (one == owners.end()) return {};
  owners.erase(one);
  Released released{found->second.runner, owners.empty()};
  if (released.last) sessions_.erase(found);
  return released;
}

void SessionRegistry::abandon(Owner owner) {
  std::vector<std::shared_ptr<Runner>> left;
  {
    std::lock_guard lock(mutex_);
    owners_.erase(owner);
    for (auto item = sessions_.begin(); item != sessions_.end();) {
      auto& [owners, runner] = item->second;
      if (owners.erase(owner) == 0 || !owners.empty()) {
        ++item;
        continue;
      }
      left.push_back(std::move(runner));
      item = sessions_.erase(item);
    }
  }
  for (const auto& runner : left) runner->close([] {});
}

SessionRegistry& sessions() {
  static auto* const registry = new SessionRegistry;
  return *registry;
}

}  // namespace enginery
