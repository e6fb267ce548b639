// Owns the precompiled header that the rooms from model/ upwards share.
#include "model/torch.h"
