# Writes the bytes of INPUT to OUTPUT as numbers parted by commas, for an array in C++.
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
file(WRITE ${OUTPUT} "${bytes}")
