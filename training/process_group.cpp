#include "training/process_group.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <thread>

#include "common/error.h"

// OTHELLO_GLOO and OTHELLO_NCCL: see CMakeLists.txt.
#if defined(OTHELLO_GLOO) || defined(OTHELLO_NCCL)
#include <netdb.h>
#include <sys/socket.h>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <unistd.h>
#endif
#ifdef OTHELLO_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif
#ifdef OTHELLO_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

namespace othello {

#if !defined(OTHELLO_GLOO) && !defined(OTHELLO_NCCL)

struct ProcessGroup::Backend {};

ProcessGroup::ProcessGroup(const Place& place, at::Device device) : place_(place), device_(device) {
  fail("{} processes were started, but this build trains in one: it was made without Gloo's headers (libgloo-dev)",
       place.size);
}
ProcessGroup::~ProcessGroup() = default;
void ProcessGroup::broadcast(const Tensor&) const {}
std::string ProcessGroup::broadcast(std::string text) const { return text; }
void ProcessGroup::sum(std::span<double>) const {}
std::function<void()> ProcessGroup::start_sum(const Tensor&) const { return {}; }

#else

namespace {

#if TORCH_VERSION_MAJOR >= 2
using Engine = c10d::Backend;
#else
using Engine = c10d::ProcessGroup;
#endif

/// An error of c10d or Gloo without the place in their source and the stack trace around it.
std::string short_reason(const std::exception& error) {
  std::string_view text = error.what();
  text = text.substr(0, text.find('\n'));
  if (text.starts_with('[') && text.find("] ") != text.npos) text.remove_prefix(text.find("] ") + 2);
  return std::string(text.substr(0, text.find(" Exception raised from")));
}

/// LibTorch's server for which it needs no library, where there is a choice (2.2 and later).
template <class Options>
void choose_plain_sockets(Options& options) {
  if constexpr (requires { options.useLibUV; }) options.useLibUV = false;
}

c10::intrusive_ptr<c10d::Store> connect_store(const Place& place) {
  c10d::TCPStoreOptions options;
  options.port = place.store_port;
  options.isServer = place.rank == 0;
  options.numWorkers = static_cast<std::size_t>(place.size);
  options.timeout = std::chrono::seconds(place.timeout_seconds);
  choose_plain_sockets(options);
  return c10::make_intrusive<c10d::TCPStore>(place.address, options);
}

#ifdef OTHELLO_GLOO

/// The address of this machine from which `host` is reached; "" if that cannot be told. (Gloo's own choice is what the
/// host name resolves to, which is 127.0.1.1 on many machines.)
std::string own_address_towards(const std::string& host, std::uint16_t port) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_DGRAM;  // connecting such a socket chooses the route and sends nothing
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
  const int fd = ::socket(found->ai_family, SOCK_DGRAM, 0);
  if (fd < 0) return {};
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  auto* address = reinterpret_cast<sockaddr*>(&own);
  char text[NI_MAXHOST] = "";
  if (::connect(fd, found->ai_addr, found->ai_addrlen) == 0 && ::getsockname(fd, address, &size) == 0)
    ::getnameinfo(address, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
  ::close(fd);
  return text;
}

c10::intrusive_ptr<Engine> connect_gloo(const c10::intrusive_ptr<c10d::Store>& store, const Place& place) {
  using Gloo = c10d::ProcessGroupGloo;
  auto options = Gloo::Options::create(std::chrono::seconds(place.timeout_seconds));
  const auto own = own_address_towards(place.address, place.store_port);
  if (const auto interface = environment("GLOO_SOCKET_IFNAME"))
    options->devices.push_back(Gloo::createDeviceForInterface(*interface));
  else if (!own.empty()) options->devices.push_back(Gloo::createDeviceForHostname(own));
  else options->devices.push_back(Gloo::createDefaultDevice());
  return c10::make_intrusive<Gloo>(store, place.rank, place.size, options);
}

#endif

c10::intrusive_ptr<Engine> connect_engine(const c10::intrusive_ptr<c10d::Store>& store, const Place& place,
                                          at::Device device) {
#ifdef OTHELLO_NCCL
  if (device.type() == at::kCUDA) {
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = std::chrono::seconds(place.timeout_seconds);
    return c10::make_intrusive<c10d::ProcessGroupNCCL>(store, place.rank, place.size, options);
  }
#endif
#ifdef OTHELLO_GLOO
  if (device.type() == at::kCPU) return connect_gloo(store, place);
#endif
  fail("this build does not train on {} in several processes: it was made without {}",
       device.type() == at::kCPU ? "the CPU" : "GPUs",
       device.type() == at::kCPU ? "Gloo's headers (libgloo-dev)" : "NCCL, which LibTorch or its header lacks");
}

/// Asks the store every second whether a process has reported that it lost another. For Gloo tells only those who wait
/// to hear from the one that ended, not those who wait to be rid of what they send it: they would run into the timeout.
class PeerWatch {
 public:
  explicit PeerWatch(const c10::intrusive_ptr<c10d::Store>& store)
      : state_(std::make_shared<State>()), thread_([store, state = state_] { run(*store, *state); }) {}
  ~PeerWatch() {
    if (!thread_.joinable()) return;
    end();
    thread_.join();
  }
  /// Leaves without waiting for an answer, which a stopped process 0 does not give.
  void abandon() {
    end();
    thread_.detach();
  }
  bool reported() const { return state_->reported; }

  static void report(c10d::Store& store) {
    try {
      store.set(kKey, std::vector<std::uint8_t>{1});
    } catch (const std::exception&) {  // process 0 has gone, which the others notice by themselves
    }
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool over = false;
    std::atomic<bool> reported{false};
  };
  static constexpr const char* kKey = "lost";

  void end() {
    const std::lock_guard lock(state_->mutex);
    state_->over = true;
    state_->changed.notify_all();
  }

  static void run(c10d::Store& store, State& state) {
    std::unique_lock lock(state.mutex);
    while (!state.changed.wait_for(lock, std::chrono::seconds(1), [&] { return state.over; })) {
      lock.unlock();
      try {
        state.reported = store.check({kKey});
      } catch (const std::exception&) {
        state.reported = true;
      }
      lock.lock();
      if (state.reported) return;
    }
  }

  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace

struct ProcessGroup::Backend {
  Place place;
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<Engine> engine;
  std::unique_ptr<PeerWatch> watch;
  std::atomic<bool> lost{false};  // another process is

  /// Runs `work`; what LibTorch throws becomes a sentence.
  template <class Work>
  auto guarded(const Work& work) {
    try {
      return work();
    } catch (const std::exception& error) {
      if (!lost.exchange(true)) PeerWatch::report(*store);
      fail(
          "process {} of {}: another process has ended, or did not answer for {} s ({}); train --resume goes on from "
          "the last checkpoint",
          place.rank, place.size, place.timeout_seconds, short_reason(error));
    }
  }

  void wait(c10d::Work& work) {
    guarded([&] {
      while (engine->getBackendName() == "gloo" && !work.isCompleted()) {
        const bool reported = watch->reported();
        try {
          work.wait(std::chrono::seconds(1));
        } catch (const std::exception&) {
          if (work.isCompleted()) throw;
          if (reported) throw std::runtime_error("as another process reports");
        }
      }
      work.wait();
    });
  }
};

ProcessGroup::ProcessGroup(const Place& place, at::Device device)
    : place_(place), device_(device), backend_(std::make_unique<Backend>()) {
  try {
    backend_->place = place;
    backend_->store = connect_store(place);
    backend_->engine = connect_engine(backend_->store, place, device);
    backend_->watch = std::make_unique<PeerWatch>(backend_->store);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    fail("process {} of {} cannot connect to the others at {}:{} (MASTER_ADDR, OTHELLO_STORE_PORT): {}", place.rank,
         place.size, place.address, place.store_port, short_reason(error));
  }
}

ProcessGroup::~ProcessGroup() {
  // Gloo would wait here for what was begun with others, which learn that the job is over when this process ends.
  if (!backend_->lost) return;
  backend_->watch->abandon();
  static_cast<void>(backend_->engine.release());
}

void ProcessGroup::broadcast(const Tensor& tensor) const {
  std::vector<Tensor> list{tensor};
  backend_->wait(*backend_->guarded([&] { return backend_->engine->broadcast(list); }));
}

std::string ProcessGroup::broadcast(std::string text) const {
  auto length = at::full({1}, static_cast<std::int64_t>(text.size()), at::dtype(at::kLong).device(device_));
  broadcast(length);
  text.resize(static_cast<std::size_t>(length.item<std::int64_t>()));
  const auto bytes = at::from_blob(text.data(), {length.item<std::int64_t>()}, at::kByte);
  const auto sent = bytes.to(device_);
  broadcast(sent);
  bytes.copy_(sent);
  return text;
}

void ProcessGroup::sum(std::span<double> numbers) const {
  const auto own = at::from_blob(numbers.data(), {static_cast<std::int64_t>(numbers.size())}, at::kDouble);
  const auto summed = own.to(device_);
  start_sum(summed)();
  own.copy_(summed);
}

std::function<void()> ProcessGroup::start_sum(const Tensor& tensor) const {
  std::vector<Tensor> list{tensor};
  auto work = backend_->guarded([&] { return backend_->engine->allreduce(list); });
  return [work, backend = backend_.get()] { backend->wait(*work); };
}

#endif

}  // namespace othello
