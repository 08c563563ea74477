// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The errno values the core returns; kapi/mem.c checks them against the kernel's. */
#pragma once

namespace khttpd {

inline constexpr int kEPERM = 1;
inline constexpr int kENOENT = 2;
inline constexpr int kEINTR = 4;
inline constexpr int kEAGAIN = 11;
inline constexpr int kENOMEM = 12;
inline constexpr int kEACCES = 13;
inline constexpr int kEXDEV = 18;
inline constexpr int kENOTDIR = 20;
inline constexpr int kEINVAL = 22;
inline constexpr int kENFILE = 23;
inline constexpr int kEMFILE = 24;
inline constexpr int kENOSPC = 28;
inline constexpr int kERANGE = 34;
inline constexpr int kENAMETOOLONG = 36;
inline constexpr int kELOOP = 40;
inline constexpr int kEILSEQ = 84;
inline constexpr int kETIMEDOUT = 110;

} // namespace khttpd
