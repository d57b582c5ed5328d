// Precompiled for every test.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perennial_pch.h"
