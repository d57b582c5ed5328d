// Package perennial is what a client of Perennial needs beside the generated stubs, perennial/v1:
// connections whose calls are repeated safely until their deadline, money, days, names and labels as
// people write them, the details of errors, updates of what differs, and lists that stay current.
package perennial
