// Where a launcher put this process among those that train together.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace othello {

struct Place {
  int rank = 0, size = 1;        // this process, of so many
  int local_rank = 0;            // among those on its machine
  int core_sharers = 1;          // processes that share the cores which this one may use
  std::string address;           // of the machine of process 0
  std::uint16_t store_port = 0;  // where process 0 listens for the others
  int timeout_seconds = 600;     // a process that does not answer for so long is lost
};

/// Value of a variable, or none.
using Environment = std::function<std::optional<std::string>(const char* name)>;
std::optional<std::string> environment(const char* name);

/// The place that the usual variables name, none if there is one process only. torchrun and scripts/launch: RANK,
/// WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE (the processes of a machine share its cores); Open MPI's mpirun: the same
/// behind OMPI_COMM_WORLD_; Slurm's srun: SLURM_PROCID, SLURM_NTASKS, SLURM_LOCALID, SLURM_NTASKS_PER_NODE; each with
/// MASTER_ADDR, and MASTER_PORT if not 29500. Ours is the next port, or OTHELLO_STORE_PORT: a newer launcher's store at
/// MASTER_PORT itself need not speak the protocol of our LibTorch. OTHELLO_TIMEOUT_SECONDS for the timeout. Throws
/// Error naming the variable that is missing or makes no sense.
std::optional<Place> place_among_processes(const Environment& variable = environment);

}  // namespace othello
